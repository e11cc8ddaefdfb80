"""The folder in which the commands of a page run: what a reader would have at hand."""

import json
import os
import shutil
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli import commands
from cds_service.fixtures import bulk_export, patients
from tests.support import signing
from tools.check_docs import ROOT

TODAY = date(2026, 11, 22)
PATIENT = "swollen-warm-calf"
_MAKE = f"""#!/bin/sh
exec {shutil.which("make")} --dry-run --directory {ROOT} "$@"
"""


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of synthetic patients, a configuration with an issuer and a store, and a token."""
    folder = tmp_path_factory.mktemp("furnished")
    everybody = patients()
    one = next(patient for patient in everybody if patient.id == PATIENT)
    (folder / "patient.json").write_text(json.dumps(one.bundle(TODAY)))
    (folder / "request.json").write_text(json.dumps(one.hook_request(TODAY)))
    (folder / "export").mkdir()
    for name, lines in bulk_export(everybody, TODAY).items():
        (folder / "export" / name).write_bytes(lines)
    _configure(folder)
    return folder


def _configure(folder: Path) -> None:
    issuer = {"name": "hospital", "iss": signing.ISS, "jwks_file": "keys.json"}
    settings = {
        "public_base_url": signing.BASE,
        "server": {"workers": 1},
        "issuers": [issuer],
        "database": {"url": f"sqlite:///{folder}/store.db"},
    }
    (folder / "leg-cds.yaml").write_text(json.dumps(settings))  # JSON is YAML
    (folder / "keys.json").write_bytes(signing.key_set())
    (folder / "token.txt").write_text(signing.good_token(time.time()))
    made = CliRunner().invoke(commands, ["database", "migrate", "--config", str(folder / "leg-cds.yaml")])
    assert made.exit_code == 0, made.output


@pytest.fixture
def at_hand(furnished: Path, tmp_path: Path) -> Path:
    """A copy of the furnished folder for one page, with the program under .venv/bin as in a checkout."""
    folder = tmp_path / "page"
    shutil.copytree(furnished, folder)
    settings = folder / "leg-cds.yaml"
    settings.write_text(settings.read_text().replace(str(furnished), str(folder)))
    (folder / ".venv").symlink_to(sys.prefix)
    (tmp_path / "bin").mkdir()
    make = tmp_path / "bin" / "make"  # what `make` would do is tested elsewhere; here its target must exist
    make.write_text(_MAKE)
    make.chmod(0o755)
    return folder


@pytest.fixture
def surroundings(at_hand: Path) -> dict[str, str]:
    """The environment of the commands: the program is on the PATH, the configuration is chosen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEG_CDS_")}
    path = os.pathsep.join([str(at_hand.parent / "bin"), str(Path(sys.prefix, "bin")), kept["PATH"]])
    return {**kept, "PATH": path, "LEG_CDS_CONFIG": "leg-cds.yaml", "HOME": str(at_hand)}
