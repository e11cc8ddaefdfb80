import pytest

from bench.report import MIXED, QUIET, SORE, Row, targets, write
from bench.stages import STAGES

SLOWER, FASTER = "ours at most 1.5 x (a)", "(b) at least 15 x ours"
STAGE_TIMES = dict(zip(STAGES, (0.3, 0.2, 0.1, 0.05, 0.05), strict=True))


def rows(*, quiet_100: float = 0.9, sore_100: float = 1.1, quiet_1000: float = 5.0) -> list[Row]:
    return [
        Row(QUIET, 10_000, 12, 0, 0.5, 0.2, 0.1, 2.0),
        Row(SORE, 10_000, 12, 1, 0.9, 0.2, 0.1, 2.0),
        Row(QUIET, 100_000, 103, 0, quiet_100, 0.8, 0.5, 18.0, STAGE_TIMES),
        Row(SORE, 100_000, 104, 1, sore_100, 0.8, 0.5, 18.0, STAGE_TIMES),
        Row(QUIET, 1_000_000, 1022, 0, quiet_1000, 9.0, 6.0, 180.0),
        Row(SORE, 1_000_000, 1023, 1, 8.0, 9.0, 6.0, 180.0),
    ]


def test_a_good_run_meets_every_target() -> None:
    assert [target.met for target in targets(rows(), start_up=1.0)] == [True] * 9


@pytest.mark.parametrize(
    ("measured", "start_up", "missed"),
    [
        (rows(quiet_100=1.3), 1.0, [f"100 KB, {MIXED}: {SLOWER}", f"100 KB, {MIXED}: {FASTER}"]),
        (rows(sore_100=1.3), 1.0, [f"100 KB, {SORE}: {SLOWER}", f"100 KB, {SORE}: {FASTER}"]),
        (rows(quiet_1000=9.2), 1.0, [f"1 MB, {MIXED}: ours at most 1 x (a)"]),
        (rows(quiet_1000=13.0), 1.0, [f"1 MB, {MIXED}: ours at most 1 x (a)", f"1 MB, {MIXED}: {FASTER}"]),
        (rows(), 1.6, ["start-up at most 1.5 s"]),
    ],
)
def test_a_missed_target_is_said(measured: list[Row], start_up: float, missed: list[str]) -> None:
    assert [target.words for target in targets(measured, start_up) if not target.met] == missed
    assert f"| {missed[0]} |" in write(measured, [start_up] * 3, rounds=5)


def test_the_report_holds_every_measurement() -> None:
    text = write(rows(), [1.1, 0.9, 1.0], rounds=5)
    assert "| 100 KB | quiet | 103 | 0.90 | 0.80 | 0.50 | 18.00 | 1.12 | 1.80 | 20.0 |" in text
    assert "| 100 KB | sore | 104 | 1.10 | 0.80 | 0.50 | 18.00 | 1.38 | 2.20 | 16.4 |" in text
    assert "| 100 KB | one in ten sore | 103 | 0.92 | 0.80 | 0.50 | 18.00 | 1.15 | 1.84 | 19.6 |" in text
    assert "| 100 KB | quiet | 0.30 | 0.20 | 0.10 | 0.05 | 0.05 | 0.20 |" in text
    assert "1.00 s (median of 3)" in text
    assert "missed" not in text


@pytest.mark.parametrize("cards", [0, 2])
def test_a_filler_that_changes_the_cards_is_refused(cards: int) -> None:
    changed = [*rows()[:5], Row(SORE, 1_000_000, 1022, cards, 5.0, 9.0, 6.0, 180.0)]
    with pytest.raises(RuntimeError, match="filler must not change the cards"):
        write(changed, [1.0], rounds=5)


def test_a_quiet_visit_with_a_card_is_refused() -> None:
    changed = [*rows()[:4], Row(QUIET, 1_000_000, 1022, 1, 5.0, 9.0, 6.0, 180.0), rows()[5]]
    with pytest.raises(RuntimeError, match="filler must not change the cards"):
        write(changed, [1.0], rounds=5)
