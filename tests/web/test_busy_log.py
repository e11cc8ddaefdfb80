"""A busy run of a service with signed callers: neither its log nor its figures tell of anybody."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds_service.fixtures import patients
from cds_service.web.log import FIELDS
from tests.support.processes import running
from tests.support.service import Service, serving
from tests.support.signing import AUDIENCE, BASE, ISS, good_token, key_set
from tests.web.calls import MARK

PATH = "/cds-services/leg-soreness"
FHIR_TOKEN = "fhir-" + "zq7token" * 8
COMMENT = "zq7comment of a user"
TODAY = datetime.now(UTC).date()
RULE_NAMES = {"cauda-equina"}  # this patient is called like a rule, which is a label
STORIES = [patient for patient in patients() if patient.cards and patient.id not in RULE_NAMES][:6]


class Ehr:
    """Calls with a fresh token each time, and remembers every token."""

    def __init__(self, service: Service, fhir_base: str) -> None:
        self.service = service
        self.fhir_base = fhir_base
        self.tokens: list[str] = []
        self.statuses: list[int] = []

    def post(self, path: str, body: Any, **claims: Any) -> Any:
        token = good_token(time.time(), **claims)
        self.tokens.append(token)
        answer = self.service.post(path, body, Authorization=f"Bearer {token}")
        self.statuses.append(answer.status_code)
        return answer


@pytest.fixture(scope="module")
def ehr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ehr]:
    folder: Path = tmp_path_factory.mktemp("busy")
    (folder / "keys.json").write_bytes(key_set())
    resources = [resource for patient in STORIES for resource in patient.resources(TODAY)]
    (folder / "resources.json").write_text(json.dumps(resources))
    stub = [str(folder / "resources.json"), "-"]
    with running("tests.support.stub_fhir_server", stub, folder / "fhir.txt") as fhir:
        servers = [{"base": f"{fhir}/{fault}/all", "private_network": True} for fault in ("ok", "status-500")]
        settings = {
            "public_base_url": BASE,
            "issuers": [{"name": "ehr", "iss": ISS, "jwks_file": "keys.json", "fhir_servers": servers}],
            "metrics": {"port": 0},
        }
        with serving(folder, settings) as service:
            found = Ehr(service, fhir)
            make_busy(found)
            yield found


def make_busy(ehr: Ehr) -> None:
    """Calls that are answered, filled in from the FHIR server, refused in every way, and feedback."""
    for story in STORIES:
        body = story.hook_request(TODAY, instance=str(uuid.uuid4()))
        cards = ehr.post(PATH, body).json()["cards"]
        send_feedback(ehr, cards)
        ask_the_fhir_server(ehr, body)
        send_nonsense(ehr, body)
    ehr.service.get(f"/{MARK}?patient={MARK}")
    ehr.service.get(f"{PATH}/{MARK}/../..?name={MARK}")
    ehr.service.post(PATH, {}, Authorization=f"Bearer {MARK}.{MARK}.{MARK}")


def send_feedback(ehr: Ehr, cards: list[dict[str, Any]]) -> None:
    for card in cards:
        reason = {"reason": {"code": MARK, "system": "https://x.example"}, "userComment": COMMENT}
        item = {"card": card["uuid"], "outcome": "overridden", "overrideReason": reason}
        item["outcomeTimestamp"] = datetime.now(UTC).isoformat()
        answer = ehr.post(f"{PATH}/feedback", {"feedback": [item]}, aud=f"{AUDIENCE}/feedback")
        assert answer.status_code == 200


def ask_the_fhir_server(ehr: Ehr, body: dict[str, Any]) -> None:
    few = {key: value for key, value in body["prefetch"].items() if key == "patient"}
    for fault in ("ok", "status-500"):
        access = {
            "fhirServer": f"{ehr.fhir_base}/{fault}/all",
            "fhirAuthorization": {
                "access_token": FHIR_TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "user/*.read",
                "subject": "zq7subject",
            },
        }
        ehr.post(PATH, body | access | {"prefetch": few, "hookInstance": str(uuid.uuid4())})


def send_nonsense(ehr: Ehr, body: dict[str, Any]) -> None:
    ehr.post(PATH, body, iss=MARK)
    ehr.post(PATH, body, tenant="x" * 300)
    ehr.post(PATH, body | {"hookInstance": MARK})
    ehr.post(PATH, body | {"prefetch": {}})
    ehr.post(PATH, body | {"context": {"patientId": f"../{MARK}", "userId": MARK}})
    ehr.post(PATH, [body])
    ehr.post(f"/cds-services/{MARK}", body)


def told(ehr: Ehr) -> list[str]:
    """What must not be seen anywhere: names, ids, tokens and texts of the run."""
    contexts = [story.hook_request(TODAY)["context"] for story in STORIES]
    ids = [
        value.rpartition("/")[2]
        for context in contexts
        for value in context.values()
        if isinstance(value, str)
    ]
    people = [resource for story in STORIES for resource in story.resources(TODAY)]
    families = [
        name["family"] for one in people if one["resourceType"] == "Patient" for name in one.get("name", [])
    ]
    assert families
    parts = [part for token in ehr.tokens for part in token.split(".") if len(part) > 30]
    return [*ids, *families, *parts, FHIR_TOKEN, "zq7", MARK, COMMENT]


def test_the_run_was_busy(ehr: Ehr) -> None:
    assert {200, 400, 401, 404, 412} <= set(ehr.statuses)
    assert 500 not in ehr.statuses


def test_no_figure_tells_of_anybody(ehr: Ehr) -> None:
    page = ehr.service.get(ehr.service.metrics).text
    assert "cds_hook_seconds_count" in page
    assert [secret for secret in told(ehr) if secret in page] == []


def test_no_line_of_the_log_tells_of_anybody(ehr: Ehr) -> None:
    assert ehr.service.end() == 0  # every line is written now
    log = ehr.service.log.read_text()
    assert [secret for secret in told(ehr) if secret in log] == []
    lines = [json.loads(line) for line in log.splitlines() if not line.startswith("Store: ")]
    assert {line["event"] for line in lines} >= {"hook", "refused", "not admitted", "feedback"}
    assert {name for line in lines for name in line} <= FIELDS - {"left_out"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", log)
    assert "Traceback" not in log
