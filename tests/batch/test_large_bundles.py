"""A large Bundle is read in pieces, and nobody can tell: its review is that of the same Bundle read whole.

A compressed file is read whole, whatever it holds.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service.batch.alike import Alike
from cds_service.batch.bounds import HEAD, MANY_RECORDS, PIECE
from cds_service.batch.files import SourceFile
from cds_service.batch.pieces import NotInPiecesError, bundles_in
from cds_service.fixtures import FixturePatient
from cds_service.reading.at_once import read_at_once
from tests.batch.conftest import (
    ON_STATIN,
    PADDING,
    PATIENTS,
    TODAY,
    Json,
    Run,
    as_bytes,
    bundle,
    filler,
    fillers,
    resources,
    reviewed,
)

QUIET = next(patient for patient in PATIENTS.values() if not patient.cards)


def large(patient: FixturePatient, *more: Json) -> Json:
    return bundle(*resources(patient), *fillers(patient.id), *more)


def twice(name: bytes, value: bytes) -> Callable[[bytes], bytes]:
    """A member of the Bundle once more, at its end."""
    return lambda text: text[:-1] + b"," + name + b":" + value + b"}"


WHOLE = as_bytes(large(ON_STATIN))
BUNDLES = {
    "as programs write it": WHOLE,
    "with empty addresses": as_bytes(bundle(*resources(ON_STATIN), *fillers(ON_STATIN.id), fullUrl="")),
    "pretty-printed": json.dumps(large(ON_STATIN), indent=2).encode(),
    "with its members in order of their names": json.dumps(large(ON_STATIN), sort_keys=True).encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "with two of them and late entries": b"\xef\xbb\xbf\xef\xbb\xbf"
    + as_bytes({"id": "y" * PIECE, **large(ON_STATIN)}),
    "of a closed gate": as_bytes(large(QUIET)),
    "of two patients": as_bytes({**bundle(*resources(ON_STATIN), *resources(QUIET), *fillers(QUIET.id))}),
    "with records of a stranger": as_bytes(large(ON_STATIN, *fillers("somebody-else"))),
    "with records of nobody": as_bytes(
        large(ON_STATIN, {key: value for key, value in filler(0, "").items() if key != "subject"})
    ),
    "with the Patient twice": as_bytes(large(ON_STATIN, *resources(ON_STATIN))),
    "within a Bundle": as_bytes(bundle(large(ON_STATIN))),
    "with a Bundle in it": as_bytes(large(ON_STATIN, bundle(*fillers(ON_STATIN.id)))),
    "with a next page": as_bytes({**large(ON_STATIN), "link": [{"relation": "next", "url": "http://x"}]}),
    "with an entry that holds nothing": as_bytes(
        {**large(ON_STATIN), "entry": [*large(ON_STATIN)["entry"], {}]}
    ),
    "with a record that cannot be read": as_bytes(large(ON_STATIN, filler(-1, ON_STATIN.id, status=7))),
    "with a member twice in a record": WHOLE.replace(b'"id":"filler-9"', b'"id":"filler-9","id":"other"'),
    "with a member twice in the Patient": WHOLE.replace(b'"gender":', b'"gender":"other","gender":', 1),
    "with its type twice": twice(b'"resourceType"', b'"Bundle"')(WHOLE),
    "with its entries twice": twice(b'"entry"', b"[]")(WHOLE),
    "with one very large entry": as_bytes(
        large(ON_STATIN, filler(-1, ON_STATIN.id, comment="y" * 5 * PIECE))
    ),
    "with what looks like a cut in a text": as_bytes(
        large(ON_STATIN, filler(-1, ON_STATIN.id, comment='},{"resource":' * 90_000))
    ),
    "with records within a record": as_bytes(
        large(ON_STATIN, filler(-1, ON_STATIN.id, part=[{"resource": PADDING}] * 2000))
    ),
    "with a list of entries before its own": b'{"meta":{"entry":[{}]},' + WHOLE[1:],
    "cut short": WHOLE[: len(WHOLE) // 2],
    "cut short between two entries": WHOLE[: WHOLE.rindex(b',{"resource"')],
    "with text after its end": WHOLE + b"\n}",
    "that is not UTF-8": WHOLE.replace("\u00e9".encode(), b"\xe9", 1),
    "that is not JSON": WHOLE.replace(b'"filler-99"', b"filler", 1),
    "of another type": WHOLE.replace(b'"Bundle"', b'"Basket"', 1),
    "of nothing": b'{"resourceType":"Bundle","entry":[' + b" " * 2 * HEAD + b"]}",
}


@pytest.mark.parametrize("content", BUNDLES.values(), ids=BUNDLES)
def test_in_pieces_as_a_whole(content: bytes, tmp_path: Path, run: Run) -> None:
    assert len(content) > HEAD
    tmp_path.joinpath("in.json").write_bytes(content)
    tmp_path.joinpath("in.json.gz").write_bytes(gzip.compress(content, 1))
    pieces, whole = (run("review", "--format", "json", tmp_path / name) for name in ("in.json", "in.json.gz"))
    assert _without_place(pieces.stdout) == _without_place(whole.stdout)
    assert pieces.exit_code == whole.exit_code


def _without_place(answer: str) -> str:
    told = json.loads(answer.replace("in.json.gz", "in.json"))
    return json.dumps({key: value for key, value in told.items() if key != "as_of"})


def test_the_time_of_a_large_bundle(tmp_path: Path, run: Run) -> None:
    made = {**large(ON_STATIN), "timestamp": "2026-01-02T03:04:05Z"}
    tmp_path.joinpath("in.json").write_bytes(as_bytes(made))
    ended = run("review", "--format", "json", tmp_path)
    assert json.loads(ended.stdout)["as_of"].startswith("2026-01-02T03:04:05")


def test_a_large_bundle_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(WHOLE)
    pieces = list(bundles_in(SourceFile(str(path), "in.json", named=True, size=len(WHOLE))))
    assert max(map(len, pieces)) < 2 * PIECE
    assert [entry for piece in pieces for entry in json.loads(piece)["entry"]] == json.loads(WHOLE)["entry"]
    assert all(json.loads(piece)["resourceType"] == "Bundle" for piece in pieces)


def test_what_is_no_bundle_is_not_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b'{"a":[' + b'{"entry":[]},' * HEAD + b"{}]}")
    with pytest.raises(NotInPiecesError):
        list(bundles_in(SourceFile(str(path), "in.json", named=True)))


def test_a_patient_with_very_many_records(tmp_path: Path, run: Run) -> None:
    many = [filler(number, ON_STATIN.id, note=[]) for number in range(MANY_RECORDS)]
    tmp_path.joinpath("in.json").write_bytes(as_bytes(bundle(*resources(ON_STATIN), *many)))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


@pytest.mark.parametrize("patient", PATIENTS.values(), ids=PATIENTS)
def test_records_whose_parts_are_kept_once_are_the_same(patient: FixturePatient) -> None:
    content, alike = as_bytes(patient.bundle(TODAY)), Alike()
    kept = [alike.keep_once(whole) for _ in "ab" if (whole := read_at_once(content)) is not None]
    assert all(repr(one) == repr(read_at_once(content)) for one in kept)
    first, second = (one.records[0].resource for one in kept)
    assert first is not second
