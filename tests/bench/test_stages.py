from bench import bodies
from bench.stages import STAGES, stage_milliseconds
from tests.unit.charts import knowledge


def test_every_stage_of_a_request_is_timed() -> None:
    took = stage_milliseconds(bodies.hook_request(10_000), knowledge(), times=3)
    assert tuple(took) == STAGES
    assert all(milliseconds >= 0 for milliseconds in took.values())
