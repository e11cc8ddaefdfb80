"""A run that was stopped, killed or ran out of room goes on, and its report is the same to the byte."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service import cli
from cds_service.fixtures import bulk_export
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, as_bytes, resources, write

COMMAND = [sys.executable, "-m", "cds_service", "review", "--as-of", TODAY.isoformat(), "--format", "ndjson"]
KILLS = 20
BOUND = 60  # seconds a process may take


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every synthetic patient many times over, as lines and as Bundles, so that a run takes a while."""
    folder = tmp_path_factory.mktemp("export")
    lines: dict[str, list[bytes]] = {}
    for number in range(12):
        for name, content in bulk_export(PATIENTS.values(), TODAY).items():
            for patient in PATIENTS:
                content = content.replace(patient.encode(), f"{patient}-{number}".encode())
            lines.setdefault(name, []).append(content)
    for name, contents in lines.items():
        folder.joinpath(name).write_bytes(b"".join(contents))
    for patient in PATIENTS.values():
        write(folder, **{f"{patient.id}__json": patient.bundle(TODAY)})
    write(folder, broken__json=b"{")
    return folder


def start(export: Path, output: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [*COMMAND, str(export), "-o", str(output), *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(export: Path, output: Path, *options: str) -> tuple[int, str]:
    with start(export, output, *options) as process:
        _, said = process.communicate(timeout=BOUND)
        return process.returncode, said.decode()


@pytest.fixture(scope="module")
def expected(export: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("whole") / "out.ndjson"
    code, said = finish(export, output)
    assert code == cli.UNREADABLE, said
    assert {path.name for path in output.parent.iterdir()} == {"out.ndjson"}
    return output.read_bytes()
