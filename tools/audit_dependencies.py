"""`make audit`: what the service is made of (CycloneDX SBOM), and whether a part is known to be vulnerable.

Exit code 0: every dependency was checked and is clean. 1: a known vulnerability. 3: not checked, for example
because the vulnerability service cannot be reached; "not checked" is never called clean.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
LOCKED = ROOT / "requirements" / "run.txt"
ACCEPTED = ROOT / "requirements" / "accepted-vulnerabilities.yaml"
SBOM = ROOT / "dist" / "sbom.cdx.json"
_TOOLS = Path(sys.executable).parent
CLEAN, VULNERABLE, NOT_CHECKED = 0, 1, 3


def main() -> int:
    """Write the SBOM, ask for known vulnerabilities, print and return the verdict."""
    write_sbom()
    verdict, lines = judge(ask(), accepted_on(datetime.now(UTC).date()))
    print("\n".join(lines))
    return verdict


def write_sbom() -> None:
    """`dist/sbom.cdx.json`, from the locked requirements of the service."""
    SBOM.parent.mkdir(exist_ok=True)
    sources = [str(LOCKED), "--pyproject", str(ROOT / "pyproject.toml")]
    command = [str(_TOOLS / "cyclonedx-py"), "requirements", *sources, "--output-reproducible"]
    subprocess.run([*command, "-o", str(SBOM)], check=True)
    print(f"SBOM: {SBOM.relative_to(ROOT)}")


def ask() -> dict[str, Any] | None:
    """What pip-audit says as JSON; None when it could not ask."""
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    asked = subprocess.run(
        [_TOOLS / "pip-audit", *options, "-r", LOCKED], check=False, capture_output=True, text=True
    )
    try:
        said: dict[str, Any] = json.loads(asked.stdout)
    except json.JSONDecodeError:
        return None
    return said


def accepted_on(today: date) -> set[str]:
    """Identifiers that were examined and accepted, and whose acceptance has not ended."""
    entries = YAML(typ="safe", pure=True).load(ACCEPTED) or []
    return {entry["id"] for entry in entries if entry["until"] >= today}


def judge(said: dict[str, Any] | None, accepted: set[str]) -> tuple[int, list[str]]:
    """The exit code, and the lines that explain it."""
    if said is None:
        return NOT_CHECKED, ["NOT CHECKED: the vulnerability service could not be asked."]
    parts = said["dependencies"]
    found = [line for part in parts for line in _vulnerabilities(part, accepted)]
    unchecked = [part["name"] for part in parts if "skip_reason" in part]
    if found:
        return VULNERABLE, ["VULNERABLE:", *found, *_naming(unchecked)]
    if unchecked or not parts:
        return NOT_CHECKED, _naming(unchecked) or ["NOT CHECKED: no dependency was found."]
    return CLEAN, [f"{len(parts)} dependencies checked, none with a known vulnerability."]


def _vulnerabilities(part: dict[str, Any], accepted: set[str]) -> Iterable[str]:
    for known in part.get("vulns", []):
        if not accepted & {known["id"], *known["aliases"]}:
            mended = ", ".join(known["fix_versions"]) or "no version yet"
            yield f"  {part['name']} {part['version']}: {known['id']}, mended in {mended}"


def _naming(unchecked: list[str]) -> list[str]:
    return [f"NOT CHECKED: {len(unchecked)} dependencies: {', '.join(unchecked)}"] if unchecked else []


if __name__ == "__main__":
    sys.exit(main())
