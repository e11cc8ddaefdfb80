"""What comes out: cards, refusals, figures and the log, looked through for what must not be there."""

import copy
import json
import re
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

from tests.fhir.ehr import patient_of
from tests.scenarios import card_rules
from tests.security.attack.registry import attack
from tests.security.attack.stage import Stage, hook
from tests.web.calls import MARK
from tests.web.test_hostile_text import HOSTILE

WRITING_LIMIT = 10.0  # s until a line must be in the log
PAUSE = 0.05
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def spread(value: Any, text: str) -> Any:
    """The value with the text in every display, text, unit and name."""
    if isinstance(value, list):
        return [spread(one, text) for one in value]
    if not isinstance(value, dict):
        return value
    changed = {name: spread(one, text) for name, one in value.items()}
    names = ("display", "text", "family", "unit")
    return changed | {name: text for name in names if isinstance(value.get(name), str)}


@attack(155)
def texts_of_the_record_stay_texts(stage: Stage) -> None:
    patient = patient_of().request["context"]["patientId"]
    for text in HOSTILE:
        body = copy.deepcopy(hook())
        answer = stage.call(body | {"prefetch": spread(body["prefetch"], text)})
        assert answer.status == 200
        card_rules.check(answer.json, patient)
        for card in answer.json["cards"]:
            found = [link for said in card_rules.texts(card) for link in card_rules.links(said)]
            assert not [link for link in found if "evil" in link]


@attack(156)
def links_are_ours_and_tell_nothing(stage: Stage) -> None:
    patient = patient_of().request["context"]["patientId"]
    urls = []
    for card in stage.call().json["cards"]:
        urls += [link["url"] for link in card.get("links", [])]
        urls += [card["source"][name] for name in ("url", "icon") if name in card["source"]]
        urls += [link for said in card_rules.texts(card) for link in card_rules.links(said)]
    for url in urls:
        assert urlsplit(url).scheme == "https" or urlsplit(url).hostname in {"127.0.0.1", "localhost"}, url
        assert patient not in url


@attack(157)
def refusals_repeat_nothing(stage: Stage) -> None:
    """Every answer of the run is checked; these refusals hold much that could be repeated."""
    body = hook(hookInstance=MARK, hook=MARK, extension={MARK: MARK}, prefetch=MARK)
    assert stage.call(body).status == 400
    assert stage.call(json.dumps(hook()).encode()[:-9] + MARK.encode()).status == 400
    assert stage.get(f"/{MARK}?{MARK}={MARK}", X_Mark=MARK, Cookie=MARK).status == 404
    other = hook()["prefetch"]["patient"] | {"id": MARK}
    assert stage.call(hook(prefetch=hook()["prefetch"] | {"patient": other})).status == 412


@attack(158)
def figures_tell_of_nobody(stage: Stage) -> None:
    page = stage.service.get(stage.service.metrics).text
    assert "cds_hook_seconds_count" in page
    assert not [secret for secret in stage.secrets() if secret in page]
    series = {line.rsplit(" ", 1)[0] for line in page.splitlines() if not line.startswith("#")}
    assert len(series) < 20_000


@attack(159)
def the_log_tells_of_nobody(stage: Stage) -> None:
    log = _log_with(stage, hook(hookInstance=str(uuid.uuid4())))
    assert not [secret for secret in stage.secrets() if secret in log]
    assert '"resourceType"' not in log
    assert "Traceback" not in log
    assert not CONTROL.search(log)


def _log_with(stage: Stage, body: dict[str, Any]) -> str:
    """The log up to the line of this call, which is written beside its answer."""
    assert stage.call(body).status == 200
    pause = threading.Event()
    for _ in range(int(WRITING_LIMIT / PAUSE)):
        log = stage.service.log.read_text(errors="replace")
        if body["hookInstance"] in log:
            return log
        pause.wait(PAUSE)
    raise AssertionError("the call left no line in the log")
