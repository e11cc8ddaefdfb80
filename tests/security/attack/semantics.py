"""CDS Hooks: requests whose members are missing, of the wrong type, or about somebody else."""

import uuid
from typing import Any

from tests.fhir.ehr import authorization, keys
from tests.security.attack.registry import attack
from tests.security.attack.stage import Stage, hook
from tests.web.calls import FAILED, MARK

ESSENTIAL = ("medicationRequests", "medicationStatements")
HOSTILE_IDS = (
    "..", "../x", "a/b", "a?b", "%2e%2e", "a\r\nX: y", "a" * 65, ["a"], 1, "", None, True, {"id": "a"},
    "a#b", ".",
    "a b", "a\x00", "é", f"{MARK}/../x", "a\n",
)  # fmt: skip


def bad(stage: Stage, *bodies: Any) -> None:
    """Each of the bodies is 400."""
    for body in bodies:
        answer = stage.call(body)
        assert answer.status == 400, f"{answer.status} for {str(body)[:200]}"


def with_context(**changed: Any) -> dict[str, Any]:
    """A right call with members of its context changed."""
    return hook(context=hook()["context"] | changed)


def less(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@attack(80)
def a_member_is_missing(stage: Stage) -> None:
    bad(stage, *(less(hook(), name) for name in ("hook", "hookInstance", "context")))


@attack(81)
def a_member_of_another_type(stage: Stage) -> None:
    wrong: dict[str, tuple[Any, ...]] = {
        "hook": (1, None, "", [], {}),
        "hookInstance": (1, None, "", [], {}),
        "context": (1, None, "", [], {}, "x"),
    }
    bad(stage, *(hook(**{name: value}) for name, values in wrong.items() for value in values))


@attack(82)
def the_hook_of_another_service(stage: Stage) -> None:
    bad(stage, *(hook(hook=name) for name in ("order-sign", "order-select", "Patient-View", MARK)))


@attack(83)
def an_instance_that_is_no_uuid(stage: Stage) -> None:
    whole = str(uuid.uuid4())
    bad(
        stage,
        *(hook(hookInstance=one) for one in ("x", whole[:-1], f"{whole}0", f"{{{whole}}}", f"{whole}\n")),
    )


@attack(84)
def without_patient_or_user(stage: Stage) -> None:
    context = hook()["context"]
    bad(stage, *(hook(context=less(context, name)) for name in ("patientId", "userId")))


@attack(85)
def hostile_patients(stage: Stage) -> None:
    bad(stage, *(with_context(patientId=one) for one in HOSTILE_IDS))


@attack(86)
def hostile_users(stage: Stage) -> None:
    users = (
        *(one for one in HOSTILE_IDS if one != "a/b"),
        "Group/1",
        "Practitioner/",
        "Practitioner/..",
        "Practitioner/a/b",
    )
    bad(stage, *(with_context(userId=one) for one in users))


@attack(87)
def a_token_without_a_server(stage: Stage) -> None:
    bad(stage, hook(fhirAuthorization=authorization()))


@attack(88)
def a_malformed_authorization(stage: Stage) -> None:
    server = f"{stage.fhir_server}/ok/all"
    wrong: tuple[Any, ...] = (
        MARK, [], 1, {}, authorization(access_token=""), authorization(access_token=f"{MARK}\r\nX: y"),
        authorization(access_token=1), authorization(token_type=f"Basic {MARK}"),
        authorization(expires_in=MARK),
        authorization(access_token=None), authorization(scope=[MARK]),
        authorization(access_token=f"a {MARK}"),
    )  # fmt: skip
    bad(stage, *(hook(keys(), fhirServer=server, fhirAuthorization=one) for one in wrong))


@attack(89)
def prefetch_of_another_type(stage: Stage) -> None:
    bad(stage, *(hook(prefetch=one) for one in ("x", [], 1, True, [{}])))


@attack(90)
def nothing_in_the_prefetch(stage: Stage) -> None:
    for value in (None, FAILED):
        answer = stage.call(hook(prefetch=hook()["prefetch"] | {"labs": value}))
        assert answer.status == 200
        if value is FAILED:
            assert "laboratory results" in answer.text
        gone = stage.call(hook(prefetch=hook()["prefetch"] | dict.fromkeys(ESSENTIAL, FAILED)))
        assert gone.status == 412
        nobody = stage.call(hook(prefetch=hook()["prefetch"] | {"patient": value}))
        assert nobody.status == (412 if value is FAILED else 200)
        assert value is FAILED or "no Patient was found" in nobody.text


@attack(91)
def no_data_at_all(stage: Stage) -> None:
    for body in (
        less(hook(), "prefetch"),
        hook(prefetch={}),
        hook(without=("patient",)),
        hook(without=ESSENTIAL),
    ):
        assert stage.call(body).status == 412


@attack(92)
def values_that_are_no_resources(stage: Stage) -> None:
    for key in hook()["prefetch"]:
        for value in (
            "x",
            3,
            [],
            [{}],
            True,
            {},
            {"resourceType": 7},
            {"resourceType": "Bundle", "entry": 3},
        ):
            answer = stage.call(hook(prefetch=hook()["prefetch"] | {key: value}))
            assert answer.status in {200, 400, 412}
            assert answer.status != 200 or answer.json["cards"], f"silence because of {key}"


@attack(93)
def the_patient_of_somebody_else(stage: Stage) -> None:
    other = hook()["prefetch"]["patient"] | {"id": "somebody-else"}
    answer = stage.call(hook(prefetch=hook()["prefetch"] | {"patient": other}))
    assert answer.status == 412
    assert "somebody-else" not in answer.text


@attack(94)
def records_of_somebody_else(stage: Stage) -> None:
    body = hook()
    entries = body["prefetch"]["medicationRequests"]["entry"]
    moved = [
        {"resource": entry["resource"] | {"subject": {"reference": "Patient/somebody-else"}}}
        for entry in entries
    ]
    body["prefetch"] |= {
        "medicationRequests": {"resourceType": "Bundle", "type": "searchset", "entry": moved}
    }
    answer = stage.call(body)
    assert answer.status == 200
    assert "records of another patient left out" in answer.text
    assert "statin" not in str([card["summary"] for card in answer.json["cards"]])


@attack(95)
def a_token_for_somebody_else(stage: Stage) -> None:
    base = "ok/9"
    answer = stage.with_fhir(base, keys(), fhirAuthorization=authorization(patient="somebody-else"))
    assert 400 <= answer.status < 500
    assert stage.fetched(base) == []
