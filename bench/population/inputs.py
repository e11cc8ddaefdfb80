"""The data sets that are measured, and generated ones of any size."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from bench import bodies

BUNDLES = "Bundles"
NDJSON = "NDJSON"
A_PATIENT = 66_000  # bytes, about
SORE = 10  # one in so many patients reports soreness; the others have an ordinary record
_OF_A_FILE = 20_000  # patients
_NUMBER = "@@"


def find_inputs(folder: Path) -> dict[str, list[Path]]:
    """The files of the sets that hold Bundles of patients, and of those that hold large NDJSON exports."""
    lines = sorted(path for path in folder.glob("bench-ndjson-*/**/*.ndjson") if path.stat().st_size)
    bundles = sorted(
        path
        for pattern in ("bench-bundles-*", "synthea-*", "smart-patients-*")
        for path in folder.glob(f"{pattern}/**/*.json")
        if _is_bundle(path)
    )
    return {BUNDLES: bundles, NDJSON: lines}


def _is_bundle(path: Path) -> bool:
    with path.open("rb") as file:
        return b'"Bundle"' in file.read(2000)


def write_bundles(folder: Path, patients: int, size: int, *, sore: int = SORE) -> list[Path]:
    """A Bundle of about so many bytes for each of so many synthetic patients, one in `sore` of them sore."""
    folder.mkdir()
    told, quiet = map(_bundle, _records(size))
    paths = []
    for number in range(patients):
        path = folder / f"{number:06d}.json"
        path.write_text(_numbered(quiet if number % sore else told, number), encoding="utf-8")
        paths.append(path)
    return paths


def write_export(folder: Path, patients: int, size: int) -> list[Path]:
    """A Bulk Data export of so many synthetic patients with about so many bytes each."""
    folder.mkdir()
    told, quiet = map(_by_type, _records(size))
    with ExitStack() as stack:
        files: dict[Path, BinaryIO] = {}
        for number in range(patients):
            for kind, text in (quiet if number % SORE else told).items():
                path = folder / f"{kind}.{number // _OF_A_FILE:03d}.ndjson"
                if path not in files:
                    files[path] = stack.enter_context(path.open("wb"))
                files[path].write(_numbered(text, number).encode())
    return sorted(files)


def _records(size: int) -> tuple[list[str], list[str]]:
    """The resources of a patient who reports soreness, and of one who does not, to be numbered."""
    prefetch = json.loads(bodies.hook_request(size))["prefetch"]
    resources = list(_resources(prefetch))
    ids = [resource["id"] for resource in resources]
    quiet = [one for one in resources if one["resourceType"] == "Patient" or one["id"].startswith("filler-")]
    return _templates(resources, ids), _templates(quiet, ids)


def _resources(prefetch: dict[str, object]) -> Iterator[dict[str, str]]:
    for value in prefetch.values():
        if isinstance(value, dict) and value.get("resourceType") == "Bundle":
            yield from (entry["resource"] for entry in value.get("entry", []))
        elif isinstance(value, dict):
            yield value


def _templates(resources: list[dict[str, str]], ids: list[str]) -> list[str]:
    """Resources as JSON in which every id, and every reference to one, has a place for a number."""
    named, found = set(ids), []
    patient = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    for resource in resources:
        text = json.dumps(resource, separators=(",", ":"))
        for name in named & {resource["id"], patient}:
            text = text.replace(f'"{name}"', f'"{name}-{_NUMBER}"').replace(
                f'/{name}"', f'/{name}-{_NUMBER}"'
            )
        found.append(text)
    return found


def _bundle(templates: list[str]) -> str:
    entries = ",".join(f'{{"resource":{text}}}' for text in templates)
    return f'{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}'


def _by_type(templates: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in templates:
        kind = json.loads(text)["resourceType"]
        found[kind] = found.get(kind, "") + text + "\n"
    return found


def _numbered(template: str, number: int) -> str:
    return template.replace(_NUMBER, f"{number:06d}")
