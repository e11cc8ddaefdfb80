"""A million resources, one a line: all are counted, in little memory, and who waits sees how far it is."""

import os
import pty
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from cds_service import cli
from tests.batch.conftest import ON_STATIN, TODAY, as_bytes, resources

LINES = 1_000_000
PATIENTS = 10_000
SORE = 20  # every so many patients one has sore legs, and is read in full
LARGEST = 300_000  # KB of memory, of each process
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""  # in a small process of its own, because a process is counted with the memory of the one that began it
POTASSIUM = {
    "resourceType": "Observation",
    "id": "NUMBER",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
    "subject": {"reference": f"Patient/{ON_STATIN.id}"},
    "effectiveDateTime": f"{TODAY.year - 1}-01-31",
    "valueQuantity": {"value": 4.1, "system": "http://unitsofmeasure.org", "code": "mmol/L"},
}


def lines() -> Iterator[bytes]:
    """The lines of all patients; those of one are not together."""
    written = 0
    everything = {one["resourceType"]: as_bytes(one) for one in resources(ON_STATIN)}
    form = everything.pop("QuestionnaireResponse")
    for number in range(PATIENTS):
        for line in (*everything.values(), *([form] if number % SORE == 0 else [])):
            yield renamed(line, number)
            written += 1
    potassium = as_bytes(POTASSIUM)
    for place in range(LINES - written):
        yield renamed(potassium.replace(b"NUMBER", b"%d" % place), place % PATIENTS)


def renamed(line: bytes, number: int) -> bytes:
    name = ON_STATIN.id.encode()
    return line.replace(name, name + b"-%05d" % number) + b"\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("million") / "all.ndjson"
    with path.open("wb") as opened:
        opened.writelines(lines())
    yield path
    path.unlink()


def run_on_a_terminal(*arguments: str) -> tuple[int, str, int]:
    """The exit code, what the terminal showed, and the most memory a process of it held, in KB."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "cds_service", "review", *arguments]
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # which is how a terminal says that nobody writes any more
            while piece := os.read(ours, 1 << 16):
                shown += piece
        os.close(ours)
        assert process.stdout is not None
        code, memory = map(int, process.stdout.read().split())
    return code, shown.decode(), memory


@pytest.mark.timeout(400)
def test_a_million_resources(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.ndjson"
    code, shown, memory = run_on_a_terminal(
        "--format", "ndjson", "--as-of", TODAY.isoformat(), "-o", str(output), str(file)
    )
    assert code == cli.DONE, shown
    assert memory < LARGEST
    assert "Looking through" in shown
    assert "MB/s" in shown
    rows = list(map(msgspec.json.decode, output.read_bytes().splitlines()))
    assert len(rows) == PATIENTS
    assert sum(bool(row["cards"]) for row in rows) == PATIENTS / SORE
    read = Counter[str]()
    for row in rows:
        read.update(row["resources"]["read"])
    assert read.total() == LINES
