"""The commands over files, run in this process with the rules loaded once; all patients are synthetic."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from cds_service import cli, fixtures, knowledge
from cds_service.batch.bounds import HEAD
from cds_service.fixtures import FixturePatient

Json = dict[str, Any]
Run = Callable[..., Result]
TODAY = datetime.now(UTC).date()
PATIENTS = {patient.id: patient for patient in fixtures.patients()}
ON_STATIN = PATIENTS["statin-three-weeks-old"]
PADDING = "x" * 900


load_once = lru_cache(knowledge.load)


@pytest.fixture(scope="module", autouse=True)
def knowledge_loaded_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:  # gone with the module: others load rules of their own
        patched.setattr(knowledge, "load", load_once)
        yield


@pytest.fixture(scope="session")
def run() -> Run:
    """`leg-cds` with arguments, and bytes on stdin."""

    def run_command(*arguments: object, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(cli.commands, [str(word) for word in arguments], input=stdin)

    return run_command


def as_bytes(value: object) -> bytes:
    return msgspec.json.encode(value)


def bundle(*resources: Json, **entry: str) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{**entry, "resource": one} for one in resources],
    }


def filler(number: int, owner: str, **members: object) -> Json:
    """An Observation that no rule asks for."""
    return {
        "resourceType": "Observation",
        "id": f"filler-{number}",
        "status": "final",
        "subject": {"reference": f"Patient/{owner}"},
        "code": {"coding": [{"system": "http://example.org/none", "code": "none"}], "text": "\u00e9"},
        "effectiveDateTime": "2020-02-02",
        "note": [{"text": PADDING}],
        **members,
    }


def fillers(owner: str) -> list[Json]:
    """So many that a Bundle of them is read in pieces."""
    return [filler(number, owner) for number in range(2 * HEAD // len(PADDING))]


def resources(patient: FixturePatient) -> list[Json]:
    return patient.resources(TODAY)


def write(folder: Path, **files: object) -> Path:
    """Files by name; `__` in a name stands for its dot. JSON unless bytes are given."""
    for name, content in files.items():
        data = content if isinstance(content, bytes) else as_bytes(content)
        folder.joinpath(name.replace("__", ".")).write_bytes(data)
    return folder


def reviewed(ended: Result) -> dict[str, dict[str, str]]:
    """Card id -> indicator, by patient, of a JSON answer."""
    rows = msgspec.json.decode(ended.stdout)["patients"]
    return {row["patient"]: {card["id"]: card["indicator"] for card in row["cards"]} for row in rows}


def errors(ended: Result) -> list[str]:
    return [fault["error"] for fault in msgspec.json.decode(ended.stdout)["errors"]]
