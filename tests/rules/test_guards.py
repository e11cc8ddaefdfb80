"""Every number of every rule is guarded: one step up or down, and some vignette notices."""

import pytest

from cds_service.knowledge import rule_files
from cds_service.knowledge.files import cards_dir
from cds_service.vignettes.survey import Surveyor

RULES = [file.stem for folder in ("causes", "signs") for file in rule_files(cards_dir() / folder)]


@pytest.mark.parametrize("rule", RULES)
def test_every_number_of_the_rule_is_guarded(surveyor: Surveyor, rule: str) -> None:
    assert [str(survivor) for survivor in surveyor.survey(rule).unguarded] == []


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_has_a_case_that_holds_one_that_is_silent_and_one_not_known(
    surveyor: Surveyor, rule: str
) -> None:
    assert surveyor.survey(rule).missing == []


def test_every_shared_number_is_guarded(surveyor: Surveyor) -> None:
    survey = surveyor.survey_shared()
    assert survey.tried > 40
    assert [str(survivor) for survivor in survey.unguarded] == []
