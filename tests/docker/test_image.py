"""The image's own commands, run as the image runs them: no writable file system, no home."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# A process that may write no byte into any file stands for a read-only root, also where tests run as root.
READ_ONLY = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""


def command(instruction: str, port: int) -> list[str]:
    """The exec-form command of an instruction, on our port and interface."""
    match = re.search(rf"{instruction} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert match, f"{instruction} is not in exec form"
    swap = {"5000": str(port), "0.0.0.0": "127.0.0.1"}  # noqa: S104 - what the image says, not we
    program, *words = [swap.get(word, word) for word in json.loads(match[1])]
    assert program == "leg-cds"
    return [sys.executable, "-c", READ_ONLY, sys.executable, "-m", "cds_service", *words]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    variables = dict(re.findall(r"(PYTHON\w+)=(\S+)", DOCKERFILE))
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"
    return variables | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def service(tmp_path: Path, environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command("^CMD", port),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        yield process
        process.terminate()


def is_healthy(environment: dict[str, str], port: int, folder: Path) -> bool:
    words = command("HEALTHCHECK .* CMD", port)
    done = subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, timeout=20)
    return done.returncode == 0


def test_the_image_serves_and_is_healthy_without_writing_a_file(
    service: subprocess.Popen[bytes], environment: dict[str, str], port: int, tmp_path: Path
) -> None:
    deadline = time.monotonic() + 30
    while not (healthy := is_healthy(environment, port, tmp_path)) and time.monotonic() < deadline:
        assert service.poll() is None, service.communicate()[1].decode()
    assert healthy
    assert list(tmp_path.iterdir()) == []


def test_the_health_check_fails_where_nothing_serves(
    environment: dict[str, str], port: int, tmp_path: Path
) -> None:
    assert not is_healthy(environment, port, tmp_path)


def test_the_image_runs_as_a_numeric_user_that_is_not_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert ("0", "0") not in users
