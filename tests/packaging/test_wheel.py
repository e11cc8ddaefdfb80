"""The wheel carries the knowledge and works from any directory, away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=110)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def leg_cds(installed: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cds_service", *words],
        cwd=installed.parent,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_the_wheel_carries_every_file_of_the_knowledge_and_the_fixtures(installed: Path) -> None:
    for name in ("cards", "fhir_fixtures"):
        here = {path.relative_to(ROOT) for path in (ROOT / name).rglob("*") if path.is_file()}
        there = {
            path.relative_to(installed / "cds_service")
            for path in (installed / "cds_service" / name).rglob("*")
        }
        assert here
        assert here <= there


def test_the_installed_command_reads_its_own_rules(installed: Path) -> None:
    assert "statin" in leg_cds(installed, "rules", "list")


def test_the_installed_command_creates_a_store(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEG_CDS_DATABASE_URL", f"sqlite:///{tmp_path}/store.db")
    assert "moved from schema (empty)" in leg_cds(installed, "database", "migrate")


def test_the_metadata_name_licence_and_command(installed: Path) -> None:
    (information,) = installed.glob("*.dist-info")
    metadata = (information / "METADATA").read_text()
    assert "License-Expression: Apache-2.0" in metadata
    assert "leg-cds = cds_service.cli:main" in (information / "entry_points.txt").read_text()
    assert {"LICENSE", "NOTICE"} <= {path.name for path in (information / "licenses").iterdir()}
