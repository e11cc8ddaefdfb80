"""The row of a patient: what the cards rest on, and the facts behind the pictures."""

import pytest

from cds_service.batch.row import Row, row_of
from cds_service.compose import compose
from cds_service.reading import Pool
from cds_service.reason import ChartView, reason
from cds_service.review import Review
from tests.batch.sinks.rows import fixture_rows
from tests.unit.charts import chart, knowledge
from tests.unit.compose.test_cards import EVERYTHING

ROWS = {row.patient: row for row in fixture_rows()}
each_row = pytest.mark.parametrize("row", fixture_rows(), ids=lambda row: row.patient)


@each_row
def test_facts_are_computed_where_the_gates_are_open(row: Row) -> None:
    assert (row.facts is None) is bool(row.closed_by)
    if row.facts:
        assert (row.facts.timeline is not None) is bool(row.cards)


@each_row
def test_evidence_is_that_of_the_ranking_and_of_the_signs(row: Row) -> None:
    supported = [entry for entry in row.ranking if entry["tier"] in {"strong", "moderate", "weak"}]
    expected = list(dict.fromkeys(ref for entry in supported for ref in entry["evidence"]))
    for card in row.cards:
        assert len(card.evidence) == len(set(card.evidence))
        if card.id == knowledge().ranking.id:
            assert card.evidence == expected
        else:
            assert card.evidence


def test_a_card_names_its_rule_and_its_facts() -> None:
    for row in fixture_rows():
        for card in row.cards:
            assert card.version.count(".") == 2
            assert len(card.fingerprint) == 32


def test_the_newest_levels_and_the_days_to_the_onset() -> None:
    found = ROWS["three-medicines-at-once"].facts
    assert found
    assert (found.levels["potassium"].value, found.levels["vitamin_d"].value) == (3.1, 14.0)
    assert found.onset_days == (20, 20)
    assert found.after_medicine


def test_days_are_counted_from_the_latest_start_before_the_onset() -> None:
    found = ROWS["simvastatin-and-clarithromycin"].facts
    assert found
    assert found.onset_days  # from the statin, not from the interacting medicine
    assert found.onset_days[0] > 365


def test_a_card_that_took_in_others_has_their_evidence() -> None:
    view = ChartView(chart(**EVERYTHING), knowledge())
    found = reason(view)
    cards = compose(found, view, None, "")
    row = row_of(Review(view.chart, found, cards), Pool("p"), knowledge(), "leg-soreness", [], 0)
    (merged,) = (card for card in row.cards if card.id == "ls-warning-signs")
    shown = {card.id for card in row.cards}
    absorbed = [sign for sign in found.signs if sign.sign not in shown]
    assert absorbed
    assert {ref for sign in absorbed for ref in sign.evidence} <= set(merged.evidence)


def test_a_service_with_few_cards_has_no_evidence_of_others() -> None:
    view = ChartView(chart(**EVERYTHING), knowledge())
    found, service = reason(view), "leg-soreness-order-select"
    cards = compose(found, view, knowledge().services[service].cards, "")
    row = row_of(Review(view.chart, found, cards), Pool("p"), knowledge(), service, [], 0)
    signs = {sign.sign: list(dict.fromkeys(sign.evidence)) for sign in found.signs}
    assert {card.id: card.evidence for card in row.cards} == {
        name: signs[name] for name in ("ls-ddi", "ls-fq")
    }
