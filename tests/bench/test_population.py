import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.population.costs import Cost, review, side_by_side
from bench.population.inputs import BUNDLES, NDJSON, SORE, find_inputs, write_bundles, write_export
from bench.population.memory import Watched, peak_of, tree_of, watch
from bench.population.report import (
    Export,
    Pair,
    Ratios,
    Sized,
    export_row,
    head,
    pair_row,
    ratio_rows,
    verdicts,
)
from bench.population.stages import REST, STAGES, table

SIZE = 12_000
SPENT = Watched(seconds=2.0, together=80.0, one=60.0)


def records(paths: list[Path]) -> list[dict[str, object]]:
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def test_an_export_has_new_ids_for_every_patient(tmp_path: Path) -> None:
    found = records(write_export(tmp_path / "export", SORE + 1, SIZE))
    named = [(one["resourceType"], one["id"]) for one in found]
    assert len(set(named)) == len(named)
    patients = {f"Patient/{name}" for kind, name in named if kind == "Patient"}
    assert len(patients) == SORE + 1
    owners = {one["subject"]["reference"] for one in found if "subject" in one}  # type: ignore[index]
    assert owners == patients


def test_one_in_some_patients_reports_soreness(tmp_path: Path) -> None:
    write_export(tmp_path / "export", SORE + 1, SIZE)
    watched = review([tmp_path / "export"], 1, tmp_path / "out.ndjson")
    rows = records([tmp_path / "out.ndjson"])
    assert [bool(row["cards"]) for row in rows] == [number % SORE == 0 for number in range(SORE + 1)]
    assert 0 < watched.one < 1000
    assert watched.seconds > 0


def test_bundles_are_found_beside_an_export(tmp_path: Path) -> None:
    bundles = write_bundles(tmp_path / "bench-bundles-a", 2, SIZE, sore=1)
    lines = write_export(tmp_path / "bench-ndjson-a", 1, SIZE)
    (tmp_path / "bench-bundles-a" / "package.json").write_text("{}")
    assert find_inputs(tmp_path) == {BUNDLES: bundles, NDJSON: lines}
    assert all(path.stat().st_size > SIZE / 2 for path in bundles)


def test_methods_run_side_by_side(tmp_path: Path) -> None:
    paths = write_export(tmp_path / "export", 2, SIZE)
    methods = ["ours", "json_loads", "orjson_loads", "fhir_resources", "duckdb_extract"]
    costs = side_by_side(methods, paths, rounds=1)
    assert list(costs) == methods
    assert all(cost.cpu > 0 and cost.peak > 1 for cost in costs.values())


def test_a_tree_of_processes_is_seen_whole() -> None:
    code = "import subprocess, sys; subprocess.run(['cat'], check=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        while len(tree := tree_of(process.pid)) == 1:
            assert process.poll() is None
        assert tree[0] == process.pid
        process.communicate()
    assert peak_of(process.pid) == 0


def test_a_command_that_fails_is_named() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as process,
        pytest.raises(RuntimeError, match="ended with 3"),
    ):
        watch(process)


def test_a_baseline_is_held_against_its_target() -> None:
    costs = {"ours": Cost(1.0, 1.0, 60), "json_loads": Cost(3.0, 3.0, 60), "orjson_loads": Cost(1.2, 2, 60)}
    first, *others = ratio_rows(Ratios(NDJSON, 400_000_000, costs))
    assert first == "| NDJSON | **the review** | 1.00 | 400 | | | |\n"
    assert [row.split(" | ", 4)[4] for row in others] == ["3.00 | 2.5 | met |\n", "1.20 | 1.2 | met |\n"]
    assert list(ratio_rows(Ratios(BUNDLES, 1, costs)))[1].endswith("3.00 | 3.5 | missed |\n")


def test_two_cores_are_held_against_one() -> None:
    for seconds, verdict in ((3.2, "1.60 | 1.6 | met"), (3.0, "1.50 | 1.6 | missed")):
        pair = Pair(NDJSON, 2_000_000_000, Watched(seconds, 1, 1), SPENT)
        assert pair_row(pair) == f"| {NDJSON} | 2.00 | {seconds} | 2.0 | {verdict} |\n"


def test_memory_and_growth_are_held_against_their_targets() -> None:
    sizes = [Sized(500_000, 4, Cost(0.02, 0.02, 70)), Sized(40_000_000, 1, Cost(0.6, 0.6, 200))]
    exports = [Export(100, 1, 1, SPENT), Export(1000, 1, 1, Watched(9, 121, 70)), Export(1000, 1, 2, SPENT)]
    found = "".join(verdicts(99.0, sizes, exports))
    assert [line.split("|")[-3:-1] for line in found.splitlines()[3:]] == [
        [" 99 ", " met "],
        [" 200 ", " missed "],
        [" 1.50 ", " met "],
        [" 1.51 ", " missed "],
        [" 121 ", " met "],
    ]
    assert export_row(exports[0]) == "| 100 | 0.00 | 1 | 2.0 | 0 | 80 | 60 |\n"


def test_the_page_says_what_was_measured() -> None:
    text = head(" --patients 7", "generated", 3)
    assert "`python -m bench.population --patients 7`" in text
    assert "Input: generated." in text


def test_the_stages_are_all_of_the_time(tmp_path: Path) -> None:
    paths = write_export(tmp_path / "export", 2, SIZE)
    header, _, *rows = "".join(table({NDJSON: paths})).splitlines()
    assert NDJSON in header
    shares = {name.strip(): int(share) for _, name, share, _ in (row.split("|") for row in rows)}
    assert list(shares) == [*STAGES, REST]
    assert abs(sum(shares.values()) - 100) <= len(shares)
