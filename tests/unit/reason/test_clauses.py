"""Each kind of clause: true, false, and not known."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cds_service.knowledge.clauses import KINDS
from cds_service.knowledge.loading import read_given, read_parts
from cds_service.knowledge.yaml_source import Source, read_yaml
from cds_service.reason import Case, ChartView
from cds_service.reason.causes import CauseEvaluation
from cds_service.truth import Truth
from tests.unit.charts import chart, knowledge, words

PILL = {"medication": "statins", "taking": "now"}
NOW = [{"rosuvastatin": "20 mg", "start": "2026-10-01"}]
POTASSIUM = {"lab": "potassium", "newer_than": "30 days"}


class Trial(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of clauses.yaml."""

    it: str
    clause: dict[str, Any]
    truth: Truth
    chart: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        return next(key for key in self.clause if key in KINDS)


TRIALS = msgspec.convert(read_yaml(Path(__file__).with_name("clauses.yaml")).data, list[Trial])


def each(trials: list[Trial]) -> Any:
    return pytest.mark.parametrize("trial", [pytest.param(trial, id=trial.it) for trial in trials])


def lab(analyte: str, value: str, taken: str = "2026-11-20") -> dict[str, Any]:
    return {"labs": [{analyte: value, "taken": taken}]}


def held(clause: dict[str, Any], case: dict[str, Any]) -> Any:
    """The outcome of a clause called `asked`, beside one called `pill`, on the chart of a case."""
    data = {"given": {"pill": PILL, "asked": clause}}
    source = Source(Path("unit.yaml"), data, {})
    given = read_given(source, data, words())
    parts = read_parts(source, data, given, words())
    view = ChartView(chart(**case), knowledge())
    rule = msgspec.structs.replace(
        knowledge().ranking, given=given, sentences=parts.sentences, texts=parts.texts
    )
    return Case(rule, view, CauseEvaluation(view)).held("asked")


@each(TRIALS)
def test_a_clause_is_decided(trial: Trial) -> None:
    found = held(trial.clause, trial.chart)
    assert found.truth is trial.truth
    assert found.facts["truth"] is trial.truth


def test_every_kind_is_tried() -> None:
    assert {trial.kind for trial in TRIALS} == set(KINDS)


@each([trial for trial in TRIALS if trial.truth])
def test_a_true_clause_has_all_its_words(trial: Trial) -> None:
    assert held(trial.clause, trial.chart).facts.keys() >= KINDS[trial.kind].FACTS


@each([trial for trial in TRIALS if trial.truth is None and trial.kind not in ("patient", "lab", "from")])
def test_what_is_not_known_says_why(trial: Trial) -> None:
    assert held(trial.clause, trial.chart).why


def test_evidence_names_the_records() -> None:
    assert held(PILL, {"meds": NOW}).evidence == ("MedicationRequest/1",)
    assert held(POTASSIUM, lab("potassium", "4 mmol/L")).evidence == ("Observation/1",)


def test_a_derived_result_rests_on_all_its_inputs() -> None:
    labs = [
        {"urea nitrogen": "30 mg/dL", "taken": "2026-11-20"},
        {"creatinine": "1.0 mg/dL", "taken": "2026-11-20"},
    ]
    clause = {"lab": "BUN to creatinine ratio", "above": "20 1", "newer_than": "7 days"}
    found = held(clause, {"labs": labs})
    assert found.truth is True
    assert set(found.evidence) == {"Observation/1", "Observation/2"}
    assert held(clause, {"labs": labs[:1]}).truth is None


def test_hours_are_counted_between_instants() -> None:
    clause = {"lab": "body temperature", "at_least": "38.0 Cel", "newer_than": "72 hours"}
    now = {"today": "2026-11-22T12:00:00Z"}
    assert held(clause, now | lab("body temperature", "39 Cel", "2026-11-19T12:00:00Z")).truth is True
    assert held(clause, now | lab("body temperature", "39 Cel", "2026-11-19T11:59:00Z")).truth is None
