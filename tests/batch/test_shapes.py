"""One patient in every shape in which FHIR data is found in files gives the same cards."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.conftest import ON_STATIN, TODAY, Json, Run, as_bytes, bundle, resources, reviewed, write

ALL = resources(ON_STATIN)
BUNDLE = ON_STATIN.bundle(TODAY)
REQUEST = ON_STATIN.hook_request(TODAY)
LINES = b"\n".join(map(as_bytes, ALL))
PRETTY = as_bytes(BUNDLE).replace(b',"', b',\n  "')

ONE_FILE = {
    "a Bundle": ("in.json", as_bytes(BUNDLE)),
    "a Bundle without a type": ("in.json", as_bytes({**BUNDLE, "type": None})),
    "a nested Bundle": ("in.json", as_bytes(bundle(BUNDLE))),
    "an array of Bundles": ("in.json", as_bytes([BUNDLE])),
    "an array of resources": ("in.json", as_bytes(ALL)),
    "NDJSON of resources": ("in.ndjson", LINES + b"\n"),
    "NDJSON without a final newline": ("in.ndjson", LINES),
    "NDJSON with CRLF and blank lines": ("in.ndjson", LINES.replace(b"\n", b"\r\n\r\n")),
    "NDJSON called .jsonl": ("in.jsonl", LINES),
    "NDJSON called .json": ("in.json", LINES),
    "NDJSON of Bundles": ("in.ndjson", b"\n".join(as_bytes(bundle(one)) for one in ALL)),
    "one document called .ndjson": ("in.ndjson", PRETTY),
    "a byte order mark": ("in.json", b"\xef\xbb\xbf" + as_bytes(BUNDLE)),
    "braces after the end": ("in.json", PRETTY + b"\n}\n  }\n"),
    "a command in front": ("in.json", b'curl -H "Content-Type: x" http://localhost/\n' + PRETTY),
    "a hook request": ("in.json", as_bytes(REQUEST)),
    "hook requests a line": ("in.ndjson", as_bytes(REQUEST)),
    "an unknown suffix, named": ("in.dat", as_bytes(BUNDLE)),
}


@pytest.mark.parametrize(("name", "content"), ONE_FILE.values(), ids=ONE_FILE)
def test_one_file(name: str, content: bytes, tmp_path: Path, run: Run) -> None:
    tmp_path.joinpath(name).write_bytes(content)
    ended = run("review", "--format", "json", tmp_path / name)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert ended.exit_code == 0, ended.stderr


@pytest.mark.parametrize("content", [as_bytes(BUNDLE), LINES, as_bytes(REQUEST)])
def test_standard_input(content: bytes, run: Run) -> None:
    ended = run("review", "--format", "json", "-", stdin=content)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


def test_a_folder_with_one_resource_a_file(tmp_path: Path, run: Run) -> None:
    for number, resource in enumerate(ALL):
        folder = tmp_path / str(number % 2)
        folder.mkdir(exist_ok=True)
        write(folder, **{f"{number}__json": resource})
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


def test_what_belongs_to_an_export_but_is_no_fhir_is_named_and_left_alone(tmp_path: Path, run: Run) -> None:
    write(
        tmp_path,
        all__ndjson=LINES,
        log__ndjson=as_bytes({"exportId": "x", "eventId": "kickoff"}),
        manifest__json={"transactionTime": TODAY.isoformat(), "output": []},
        README__md=b"# synthetic",
        Procedure__ndjson=b"",
    )
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert ended.exit_code == 0, ended.stderr
    for words in (
        "log.ndjson: holds no FHIR data",
        "manifest.json: holds no",
        "1 .md",
        "Procedure.ndjson: empty",
    ):
        assert words in ended.stderr


def wrapped(request: Json) -> Json:
    values = {
        key: {"response": {"status": "200"}, "resource": value} for key, value in request["prefetch"].items()
    }
    return {**request, "prefetch": values}


def patient_prefixed(request: Json) -> Json:
    return {**request, "context": {**request["context"], "patientId": f"Patient/{ON_STATIN.id}"}}


def before_1_0(request: Json) -> Json:
    return {**request, "context": [], "patient": ON_STATIN.id, "encounter": request["context"]["encounterId"]}


def for_another_service(request: Json) -> Json:
    values = {f"item{number}": value for number, value in enumerate(request["prefetch"].values())}
    return {**request, "hook": "medication-prescribe", "prefetch": values}


@pytest.mark.parametrize("change", [wrapped, patient_prefixed, before_1_0, for_another_service])
def test_hook_requests_as_older_clients_send_them(
    change: Callable[[Json], Json], tmp_path: Path, run: Run
) -> None:
    write(tmp_path, in__json=change(REQUEST))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


def test_a_request_of_an_order_service_is_answered_by_that_service(tmp_path: Path, run: Run) -> None:
    drafts = bundle(*(one for one in ALL if one["resourceType"] == "MedicationRequest"))
    request = {**REQUEST, "hook": "order-sign"}
    request["context"] = {**request["context"], "draftOrders": drafts}
    ended = run("review", "--format", "json", write(tmp_path, in__json=request))
    assert '"service":"leg-soreness-order-sign"' in ended.stdout
    assert "ls-causes" not in reviewed(ended)[ON_STATIN.id]
