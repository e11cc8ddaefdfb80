"""Where the time of a request goes: the stages of one review, timed in their place."""

import statistics
import time
from datetime import UTC, datetime
from itertools import pairwise

from cds_service.compose import compose
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool, read_chart
from cds_service.reason import ChartView, reason
from cds_service.web.envelope import read_call

STAGES = ("decode", "chart", "details", "rules", "cards")
_SERVICE = "leg-soreness"


def stage_milliseconds(body: bytes, knowledge: Knowledge, times: int) -> dict[str, float]:
    """CPU milliseconds of each stage of a request, the median of so many runs."""
    runs = [_run(body, knowledge) for _ in range(times + 1)][1:]  # the first fills caches
    return {
        stage: statistics.median(values) * 1000
        for stage, values in zip(STAGES, zip(*runs, strict=True), strict=True)
    }


def _run(body: bytes, knowledge: Knowledge) -> list[float]:
    service, now = knowledge.services[_SERVICE], datetime.now(UTC)
    clock = [time.process_time()]
    call = read_call(body, service)
    pool = Pool.from_prefetch(call.prefetch, call.patient_id, call.encounter_id, service.prefetch.keys())
    clock.append(time.process_time())
    chart = read_chart(pool, now, knowledge.vocabulary, knowledge.reading)
    clock.append(time.process_time())
    if chart.soreness.reported:  # nobody asks for them otherwise
        _ = chart.details.now
    clock.append(time.process_time())
    view = ChartView(chart, knowledge)
    findings = reason(view)
    clock.append(time.process_time())
    compose(findings, view, service.cards, call.instance)
    clock.append(time.process_time())
    return [end - start for start, end in pairwise(clock)]
