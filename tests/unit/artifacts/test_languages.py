"""The published Questionnaire carries the translations of its texts, and nothing else changes."""

from typing import Any

from cds_service.artifacts.metadata import Publication
from cds_service.artifacts.questionnaires import questionnaires
from cds_service.knowledge import load
from cds_service.knowledge.files import cards_dir


def contents(element: dict[str, Any]) -> dict[str, str]:
    """Language to content of an element with translations."""
    return {
        part["extension"][0]["valueCode"]: part["extension"][1]["valueString"]
        for part in element["extension"]
    }


def test_a_question_and_its_answers_carry_their_translations() -> None:
    (form,) = questionnaires(Publication(load()), cards_dir())
    present = form["item"][0]

    assert present["text"].startswith("In the last 2 weeks")
    assert contents(present["_text"])["es"].startswith("En las últimas 2 semanas")
    coding = present["answerOption"][0]["valueCoding"]
    assert (coding["code"], coding["display"], contents(coding["_display"])) == ("yes", "Yes", {"es": "Sí"})
    assert contents(form["_title"]) == {"es": "Dolor de piernas por la mañana"}
