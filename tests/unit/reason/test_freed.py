"""A chart is given back the moment it is done with, not when the garbage collector comes round."""

import gc
import weakref

import pytest

from cds_service.compose import compose
from cds_service.reason import ChartView, reason
from tests.unit.charts import chart, knowledge

CASES = [
    {"meds": [{"rosuvastatin": "20 mg", "start": "2026-10-01"}], "labs": [{"potassium": "2.8 mmol/L"}]},
    {"soreness": {"onset": "2026-11-10", "site": ["calf"], "side": "left"}},
    {},
]


@pytest.mark.parametrize("case", CASES)
def test_nothing_keeps_a_chart_once_its_cards_are_made(case: dict[str, object]) -> None:
    view = ChartView(chart(**case), knowledge())
    compose(reason(view), view, None, "instance")  # what is made once is made before
    gc.disable()
    try:
        view = ChartView(chart(**case), knowledge())
        kept = weakref.ref(view)
        compose(reason(view), view, None, "instance")
        del view
        assert kept() is None
    finally:
        gc.enable()
