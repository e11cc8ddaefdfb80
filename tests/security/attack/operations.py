"""Operations as they are seen from outside."""

import time
import uuid

from tests.security.attack.registry import attack
from tests.security.attack.semantics import with_context
from tests.security.attack.stage import Stage, advice
from tests.support.signing import ISS, header

CALLS = 40
NAMES = 100
FEW = 5


@attack(167)
def health_wants_no_token_and_tells_nothing(stage: Stage) -> None:
    for path in ("/healthz/live", "/healthz/ready"):
        answer = stage.get(path)
        assert answer.status in {200, 204, 503}
        assert not [secret for secret in stage.secrets() if secret in answer.text]
    assert stage.get("/healthz/x").status == 404


@attack(168)
def who_calls_too_often_waits(stage: Stage) -> None:
    def call() -> int:
        answer = stage.call(token=stage.signed(iss=f"{ISS}/rare"))
        if answer.status == 429:
            waits.append(int(answer.headers["retry-after"]))
        return answer.status

    waits: list[int] = []
    came = [call() for _ in range(CALLS)]
    assert set(came) == {200, 429}, came
    assert stage.call().status == 200  # others are not slowed
    time.sleep(max(waits))
    assert call() == 200


@attack(169)
def it_still_answers_as_at_the_start(stage: Stage) -> None:
    assert stage.service.process.poll() is None
    assert advice(stage.call()) == stage.first
    assert stage.get("/healthz/ready").status == 200


@attack(221)
def random_names_add_no_series(stage: Stage) -> None:
    def call() -> None:
        name = uuid.uuid4().hex
        stage.get(f"/{name}?{name}={name}")
        stage.call(path=f"/cds-services/{name}", token="x")
        stage.call(token=stage.signed(header(kid=name), iss=f"https://{name}.example"))
        stage.call(with_context(patientId=name[:20], userId=f"Practitioner/{name[:20]}"))

    call()
    before = series(stage)
    for _ in range(NAMES):
        call()
    assert len(series(stage) - before) <= FEW  # buckets that were empty so far


def series(stage: Stage) -> set[str]:
    """The names and labels of all figures."""
    page = stage.service.get(stage.service.metrics).text
    return {line.rsplit(" ", 1)[0] for line in page.splitlines() if not line.startswith("#")}
