"""Orders and results are read when a rule asks for them, and once."""

import msgspec
import pytest

from cds_service.chart import Chart, Details, Later
from cds_service.compose import compose
from cds_service.reason import ChartView, reason
from tests.unit.charts import chart, knowledge

SORE = {"reported": True}


class Counted:
    """Details that count how often they are read."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Details:
        self.times += 1
        return Details()


def counting(found: Chart) -> tuple[Chart, Counted]:
    read = Counted()
    return msgspec.structs.replace(found, details=Later(read)), read


@pytest.mark.parametrize(
    ("case", "gate"),
    [
        ({"soreness": {"reported": False}}, "G3"),
        ({"patient": {"age": 17}, "soreness": SORE}, "G2"),
        ({"patient": {"deceased": True}}, "G1"),
    ],
)
def test_a_closed_gate_asks_for_no_orders_and_no_results(case: dict[str, object], gate: str) -> None:
    found, read = counting(chart(**case))
    view = ChartView(found, knowledge())
    findings = reason(view)
    assert findings.closed_by.startswith(gate)
    assert compose(findings, view, None, "unit") == []
    assert read.times == 0


def test_an_open_gate_reads_them_once() -> None:
    found, read = counting(chart(soreness=SORE))
    view = ChartView(found, knowledge())
    assert compose(reason(view), view, None, "unit")
    assert read.times == 1


def test_what_is_read_later_is_compared_by_what_it_is() -> None:
    assert Later(Details) == Later(Details)
    assert Later(Details) != Later(lambda: 1)
    assert Later(Details) != Details()
