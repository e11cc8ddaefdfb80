"""What the review of a population costs: `python -m bench.population [FOLDER]`.

Writes docs/benchmarks-population.md. FOLDER holds data sets; without one, synthetic patients are generated.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.population import report
from bench.population.costs import ROUNDS, review, side_by_side
from bench.population.inputs import A_PATIENT, BUNDLES, NDJSON, SORE, find_inputs, write_bundles, write_export

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks-population.md"
DATA = "LEG_CDS_REAL_DATA"
PATIENTS = 10_000
GENERATED = 1_000  # patients, where there is no folder of data
LARGE = (560_000, 2_240_000, 11_200_000, 44_800_000)  # bytes of prefetch, which are a tenth less as a Bundle
TOGETHER = 89_600_000  # bytes of the Bundles of one size
STEP = 10


def main() -> None:
    """Measure, print, write; takes two minutes, and with 100,000 patients some more."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        needed = 2 * chosen.patients * A_PATIENT
        if shutil.disk_usage(folder).free < needed:
            raise SystemExit(f"{folder} needs {needed / 1e9:.1f} GB free; choose another with TMPDIR")
        text = "".join(_sections(chosen.folder, chosen.patients, folder))
    print(text)
    PAGE.write_text(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.population", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=os.environ.get(DATA), help=f"default: ${DATA}"
    )
    parser.add_argument("--patients", type=int, default=PATIENTS, help="of the largest export generated")
    return parser.parse_args()


def _sections(data: Path | None, patients: int, folder: Path) -> Iterator[str]:
    inputs = find_inputs(Path(data)) if data else _generated(folder)
    words = "sets of [public FHIR data](real-data.md)" if data else "generated, of synthetic patients"
    asked = (" FOLDER" if data else "") + (f" --patients {patients}" if patients != PATIENTS else "")
    yield report.head(asked, words, ROUNDS)
    worker = 0.0
    for name, paths in inputs.items():
        methods = [report.OURS, *(method for method, aims in report.TIMES.items() if name in aims)]
        costs = side_by_side(methods, paths)
        worker = max(worker, costs[report.OURS].peak if name == BUNDLES else 0)
        yield from report.ratio_rows(report.Ratios(name, _bytes(paths), costs))
    exports, two_jobs = _exports(folder, patients)
    yield report.CORES.format(sore=SORE)
    yield report.pair_row(
        report.Pair(f"{patients:,}, {NDJSON}", exports[-1].size, exports[-1].watched, two_jobs.watched)
    )
    pair = _bundle_pair(folder, patients)
    yield report.pair_row(pair)
    sizes = list(_sizes(folder))
    yield report.SIZES
    yield from map(report.sized_row, sizes)
    yield report.MEMORY.format(sore=SORE)
    yield from map(report.export_row, [*exports, two_jobs])
    yield from report.verdicts(max(worker, pair.two.one), sizes, [*exports, two_jobs])


def _generated(folder: Path) -> dict[str, list[Path]]:
    return {
        BUNDLES: write_bundles(folder / "bundles", GENERATED, A_PATIENT),
        NDJSON: write_export(folder / "lines", GENERATED, A_PATIENT),
    }


def _exports(folder: Path, most: int) -> tuple[list[report.Export], report.Export]:
    """Exports of 100 patients and more with one job, and the largest with two."""
    found, patients = [], min(100, most)
    while True:
        export = folder / "export"
        size = _bytes(write_export(export, patients, A_PATIENT))
        found.append(report.Export(patients, size, 1, review([export], 1, folder / "out.ndjson")))
        if patients == most:
            two = report.Export(patients, size, 2, review([export], 2, folder / "out.ndjson"))
            shutil.rmtree(export)
            return found, two
        shutil.rmtree(export)
        patients = min(patients * STEP, most)


def _bundle_pair(folder: Path, patients: int) -> report.Pair:
    """Bundles with one core and with two."""
    bundles = folder / "pair"
    size = _bytes(write_bundles(bundles, patients, A_PATIENT))
    one, two = (review([bundles], jobs, folder / "out.ndjson") for jobs in (1, 2))
    shutil.rmtree(bundles)
    return report.Pair(f"{patients:,}, {BUNDLES}", size, one, two)


def _sizes(folder: Path) -> Iterator[report.Sized]:
    for size in LARGE:
        bundles = folder / "large"
        paths = write_bundles(bundles, TOGETHER // size, size, sore=1)
        cost = side_by_side([report.OURS], paths)[report.OURS]
        yield report.Sized(_bytes(paths) // len(paths), len(paths), cost)
        shutil.rmtree(bundles)


def _bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


if __name__ == "__main__":
    main()
