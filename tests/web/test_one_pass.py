"""The one-pass decoding of a body: what it takes on, and what it leaves to the careful way."""

from typing import Any

import msgspec
import pytest

from cds_service import knowledge
from cds_service.reading import Whole
from cds_service.web.envelope import read_call
from cds_service.web.one_pass import read_in_one_pass
from tests.web.calls import hook_call

SERVICES = knowledge.load().services
PATIENT = {"resourceType": "Patient", "id": "p1"}


def body(**changes: Any) -> bytes:
    return msgspec.json.encode(hook_call() | changes)


def test_an_ordinary_call_is_read_in_one_pass() -> None:
    read = read_in_one_pass(body())
    assert read is not None
    assert read.prefetch.keys() == hook_call()["prefetch"].keys()
    assert msgspec.json.decode(read.members["context"]) == hook_call()["context"]


def test_both_ways_give_the_same_call() -> None:
    call = hook_call()
    quick = read_call(body(), SERVICES["leg-soreness"])
    careful = read_call(body(extension={"an": {"object": []}}), SERVICES["leg-soreness"])
    assert all(isinstance(value, Whole) for value in quick.prefetch.values())
    assert all(isinstance(value, msgspec.Raw) for value in careful.prefetch.values())
    assert quick.prefetch.keys() == careful.prefetch.keys() == call["prefetch"].keys()
    for member in ("instance", "patient_id", "encounter_id", "drafts"):
        assert getattr(quick, member) == getattr(careful, member)


@pytest.mark.parametrize(
    "changes",
    [
        {"prefetch": "text"},
        {"prefetch": []},
        {"prefetch": {"patient": "text"}},
        {"prefetch": {"patient": 5}},
        {"prefetch": {"patient": {"resourceType": "Patient"}}},  # named after its bytes
        {"prefetch": {"patient": {"resourceType": "NoSuchType", "id": "1"}}},
        {"prefetch": {"patient": {"resourceType": "OperationOutcome", "issue": []}}},
        {"context": {"patientId": "p1", "draftOrders": PATIENT}},
        {"context": {"patientId": {"resourceType": "Bundle"}}},
        {"extension": {"an": {"object": []}}},
        {"another": [1]},
    ],
)
def test_anything_else_is_left_to_the_careful_way(changes: dict[str, Any]) -> None:
    assert read_in_one_pass(body(**changes)) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": 1, "a": 1}',
        b'{"context": {"patientId": "1", "patientId": "1"}}',
        b'{"prefetch": {"patient": null, "patient": null}}',
        b'{"prefetch": null, "prefetch": null}',
        b'{"prefetch": {"patient": {"resourceType": "Patient", "id": "1", "name": "\xff"}}}',
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b'{"prefetch": ' + b'{"a": ' * 5000,
    ],
)
def test_broken_and_ambiguous_bodies_are_left_to_the_careful_way(text: bytes) -> None:
    assert read_in_one_pass(text) is None


@pytest.mark.parametrize("prefetch", [{}, None, {"patient": None}])
def test_no_data_is_no_records(prefetch: Any) -> None:
    read = read_in_one_pass(body(prefetch=prefetch))
    assert read is not None
    assert [whole.records for whole in read.prefetch.values()] == [[]] * len(prefetch or {})
