"""The data sets that are measured, and generated ones of any size."""

import json
from collections.abc import Iterator
from pathlib import Path

BUNDLES = "Bundles"
NDJSON = "NDJSON"


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


def write_bundles(folder: Path, patients: int, bundle_bytes: int) -> list[Path]:
    """So many Bundles of one synthetic patient each, filled up to about so many bytes."""
    from bench.bodies import hook_request

    request = json.loads(hook_request(bundle_bytes))
    entries = [entry for value in request["prefetch"].values() for entry in _entries(value)]
    text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    name = request["context"]["patientId"]
    paths = []
    for number in range(patients):
        path = folder / f"{number:06d}.json"
        path.write_text(text.replace(name, f"{name}-{number}"))
        paths.append(path)
    return paths


def _entries(value: object) -> Iterator[object]:
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        yield from value.get("entry", [])
    elif value is not None:
        yield {"resource": value}
