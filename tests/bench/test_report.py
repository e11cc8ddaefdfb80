import pytest

from bench.report import Row, targets, write
from bench.stages import STAGES


def rows(*, ours_100: float = 1.0, ours_1000: float = 5.0) -> list[Row]:
    return [
        Row(10_000, 12, 2, 0.5, 0.2, 0.1, 2.0),
        Row(100_000, 103, 2, ours_100, 0.8, 0.5, 18.0, dict(zip(STAGES, (0.3, 0.2, 0.1, 0.05), strict=True))),
        Row(1_000_000, 1022, 2, ours_1000, 9.0, 6.0, 180.0),
    ]


def test_a_good_run_meets_every_target() -> None:
    assert [target.met for target in targets(rows(), start_up=1.0)] == [True] * 5


@pytest.mark.parametrize(
    ("measured", "start_up", "missed"),
    [
        (rows(ours_100=1.21), 1.0, ["100 KB: ours at most 1.5 x (a)", "100 KB: (b) at least 15 x ours"]),
        (rows(ours_1000=9.1), 1.0, ["1 MB: ours at most 1 x (a)"]),
        (rows(ours_1000=13.0), 1.0, ["1 MB: ours at most 1 x (a)", "1 MB: (b) at least 15 x ours"]),
        (rows(), 1.6, ["start-up at most 1.5 s"]),
    ],
)
def test_a_missed_target_is_said(measured: list[Row], start_up: float, missed: list[str]) -> None:
    assert [target.words for target in targets(measured, start_up) if not target.met] == missed
    assert f"| {missed[0]} |" in write(measured, [start_up] * 3, rounds=5)


def test_the_report_holds_every_measurement() -> None:
    text = write(rows(), [1.1, 0.9, 1.0], rounds=5)
    assert "| 100 KB | 103 | 1.00 | 0.80 | 0.50 | 18.00 | 1.25 | 2.00 | 18.0 |" in text
    assert "| 100 KB | 0.30 | 0.20 | 0.10 | 0.05 | 0.35 |" in text
    assert "1.00 s (median of 3)" in text
    assert "missed" not in text


def test_a_filler_that_changes_the_cards_is_refused() -> None:
    changed = [*rows()[:2], Row(1_000_000, 1022, 3, 5.0, 9.0, 6.0, 180.0)]
    with pytest.raises(RuntimeError, match="filler must not change the cards"):
        write(changed, [1.0], rounds=5)
