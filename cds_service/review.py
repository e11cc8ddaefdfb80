"""The one way through: a pool of resources becomes a chart, findings, and cards."""

from datetime import datetime
from typing import Any

import msgspec

from cds_service.chart import Chart
from cds_service.compose import compose
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool, read_chart
from cds_service.reason import ChartView, Findings, reason

DEFAULT_SERVICE = "leg-soreness"


class Review(msgspec.Struct, frozen=True):
    """What one patient's data came to. `closed_by` says why there are no cards, "" otherwise."""

    chart: Chart
    findings: Findings
    cards: list[dict[str, Any]]

    @property
    def patient_id(self) -> str:
        """The patient the cards are about."""
        return self.chart.patient_id

    @property
    def closed_by(self) -> str:
        """The gate that is closed."""
        return self.findings.closed_by


def review(
    pool: Pool,
    now: datetime,
    knowledge: Knowledge,
    *,
    service: str = DEFAULT_SERVICE,
    instance: str = "",
) -> Review:
    """Review one patient. Every front calls this, whoever supplies the bytes and takes the cards.

    `now` carries a zone; `instance` is the hookInstance, or anything that names one showing of the
    cards. Raises `KeyError` for a service that `knowledge` does not have.
    """
    chart = read_chart(pool, now, knowledge.vocabulary, knowledge.reading)
    view = ChartView(chart, knowledge)
    findings = reason(view)
    cards = compose(findings, view, knowledge.services[service].cards, instance)
    return Review(chart, findings, cards)
