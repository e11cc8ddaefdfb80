"""pictures.yaml: its numbers are those of the rules it names, and what is unclear is refused."""

from pathlib import Path

import pytest

from cds_service.knowledge import KnowledgeError
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.pictures import Pictures, load_pictures
from tests.unit.charts import knowledge, words

WHOLE = (cards_dir() / "pictures.yaml").read_text(encoding="utf-8")
TEXTS = (cards_dir() / "text" / "timeline.yaml").read_text(encoding="utf-8")


def loaded(folder: Path, text: str = WHOLE, texts: str = TEXTS) -> Pictures:
    (folder / "text").mkdir()
    (folder / "pictures.yaml").write_text(text, encoding="utf-8")
    (folder / "text" / "timeline.yaml").write_text(texts, encoding="utf-8")
    return load_pictures(folder, words(), knowledge().causes)


def test_numbers_are_taken_from_the_rules(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert (found.window.cause, found.window.start, found.window.days) == ("statin", "regimen.date", 84)
    assert found.onset_bands == (27, 84)
    assert [str(limit) for limit in found.limits["25-OH vitamin D"]] == ["12 ng/mL", "20 ng/mL"]
    assert [str(limit) for limit in found.limits["potassium"]] == ["3.5 mmol/L", "5.5 mmol/L"]
    assert found == knowledge().pictures


@pytest.mark.parametrize(
    ("old", "new", "cure"),
    [
        ("cause: statin, clause: weeks}", "cause: statins, clause: weeks}", "did you mean 'statin'"),
        ("cause: statin, clause: weeks}", "cause: statin, clause: week}", "did you mean 'weeks'"),
        ("cause: statin, clause: weeks}", "cause: statin, clause: both}", "must be of the kind {from:"),
        ("clause: very_low}", "clause: treated}", "must be of the kind {lab: 25-OH vitamin D, below:"),
        ("potassium: [mild hypokalaemia", "potasium: [mild hypokalaemia", "did you mean 'potassium'"),
        ("[mild hypokalaemia", "[mild hypokalemia", "did you mean 'mild hypokalaemia'"),
        ("[mild hypokalaemia", "[mild hypocalcaemia", "is not in mmol/L"),
        ("after: statins", "after: statin", "did you mean 'statins'"),
        ("of: potassium", "of: kalium", "no analyte 'kalium'"),
        ("step: 0.25 mmol/L", "step: 0.25 mg/dL", "is not in mmol/L"),
        ("step: 0.25 mmol/L", "step: 0 mmol/L", "is no width in mmol/L"),
        ("step: 0.25 mmol/L", "step: upper limit", "is no width in mmol/L"),
        ("timeline_days: 365", "timeline_days: 0", "Expected `int` >= 1"),
        ("timeline_days:", "timelinedays:", "did you mean 'timeline_days'"),
    ],
)
def test_what_is_unclear_is_refused_with_its_line(tmp_path: Path, old: str, new: str, cure: str) -> None:
    assert old in WHOLE
    with pytest.raises(KnowledgeError) as refused:
        loaded(tmp_path, WHOLE.replace(old, new, 1))
    line = next(number for number, text in enumerate(WHOLE.splitlines(), 1) if old in text)
    assert str(refused.value).startswith(f"pictures.yaml:{line}: ")
    assert cure in str(refused.value)


def test_a_missing_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"timeline\.yaml:.*still_taken"):
        loaded(tmp_path, texts=TEXTS.replace("still_taken:", "stil_taken:"))
