"""The latencies of a load are those of its answers."""

import pytest

from bench.load import Load


@pytest.mark.parametrize(
    ("percent", "milliseconds"), [(50, 3.0), (95, 5.0), (100, 5.0), (20, 1.0), (21, 2.0)]
)
def test_percentiles_are_latencies_that_were_seen(percent: int, milliseconds: float) -> None:
    load = Load(1, 2.0, [1.0, 2.0, 3.0, 4.0, 5.0], 0, 0)
    assert load.percentile(percent) == milliseconds


def test_only_answered_calls_count() -> None:
    assert Load(8, 2.0, [1.0] * 10, refused=90, incomplete=0).per_second == 5
