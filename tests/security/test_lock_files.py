"""What is installed is what was locked: every requirement has its hashes, and nothing installs without."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_START = re.compile(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,._-]+\])?==[^\s;]+", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_every_requirement_is_of_one_version_and_has_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert lines
    assert [line for line in lines if not _START.match(line)] == []
    entries = _START.split(text)[1:]
    assert len(entries) == len(lines)
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_nothing_from_outside_is_installed_without_its_hash(file: str) -> None:
    installs = [line for line in (ROOT / file).read_text().splitlines() if "pip install" in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []
