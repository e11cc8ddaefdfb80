"""The survey finds what is left open, and says what vignette is missing."""

import os
import shutil
from pathlib import Path

import pytest

from cds_service.knowledge import Knowledge, KnowledgeError, content_version
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.sentence import Sentence
from cds_service.knowledge.yaml_source import Source
from cds_service.vignettes import read_vignettes, run_vignettes
from cds_service.vignettes.bench import Bench
from cds_service.vignettes.masks import older_is_unseen
from cds_service.vignettes.numbers import Number, find_numbers, never_reached, step
from cds_service.vignettes.report import lines
from cds_service.vignettes.sentences import variants
from cds_service.vignettes.survey import Surveyor

ONE_CASE = """\
today: 2026-11-22
cases:
  - name: a mattress
    soreness: {sleep.mattress: "yes"}
    tier: weak
"""


def cards_with(folder: Path, text: str) -> Path:
    """A `cards/` in which the rule about mattresses has these vignettes only."""
    cards = folder / "cards"
    shutil.copytree(cards_dir(), cards, copy_function=os.symlink)
    vignettes = cards / "causes" / "sleep_surface.vignettes.yaml"
    vignettes.unlink()
    vignettes.write_text(text, encoding="utf-8")
    return cards


def test_a_number_nobody_guards_is_named_with_what_is_missing(tmp_path: Path, knowledge: Knowledge) -> None:
    survey = Surveyor(knowledge, cards_with(tmp_path, ONE_CASE)).survey("sleep_surface")
    assert [survivor.mutant.change for survivor in survey.unguarded] == ["add: 1 -> 2"]
    assert "add a case where this entry counts, with its 'points'" in str(survey.unguarded[0])
    assert len(survey.missing) == 2
    assert not survey.clean
    assert "OPEN" in next(lines(survey))


def test_a_case_that_fails_says_what_was_found(tmp_path: Path, knowledge: Knowledge) -> None:
    cards = cards_with(tmp_path, ONE_CASE.replace("weak", "strong\n    points: 2\n    says: [pillow]"))
    (outcome,) = run_vignettes(knowledge, "sleep_surface", cards)
    assert outcome.failures == (
        "expected tier strong, found weak",
        "expected points 2, found 1",
        "does not say 'pillow'",
    )
    assert (outcome.file.name, outcome.line) == ("sleep_surface.vignettes.yaml", 3)
    survey = Surveyor(knowledge, cards).survey("sleep_surface")
    assert any("'a mattress' fails: expected tier strong" in line for line in lines(survey))


def test_a_closed_gate_never_passes_for_silence(tmp_path: Path, knowledge: Knowledge) -> None:
    young = ONE_CASE.replace("    tier: weak", "    patient: {age: 17}\n    tier: none")
    (outcome,) = run_vignettes(knowledge, "sleep_surface", cards_with(tmp_path, young))
    assert outcome.failures == ("the rule was not asked: G2: the patient is under 18",)


@pytest.mark.parametrize(
    ("old", "new", "line", "cure"),
    [
        ("tier: weak", "tier: slight", 5, "known: moderate, none, strong, unknown, weak"),
        ("tier: weak", "fires: warning", 5, "causes do not have 'fires'; say tier or points"),
        ("    tier: weak\n", "", 3, "expects nothing; say tier or points"),
        ("sleep.mattress", "sleep.matress", 4, "did you mean 'sleep.mattress'"),
        ('"yes"', '"yess"', 4, "did you mean 'yes'"),
        ('"yes"', "true", 4, "unknown answer to sleep.mattress 'True'"),
        ("soreness:", "sorenes:", 3, "did you mean 'soreness'"),
        ("soreness:", "meds: [{rosuvastatn: 10 mg}]\n    soreness:", 4, "did you mean 'rosuvastatin'"),
        ("soreness:", "meds: [{statins: 10 mg}]\n    soreness:", 4, "is a class; name a medicine"),
        ("soreness:", "meds: [{rosuvastatin: ten}]\n    soreness:", 4, "not a daily dose such as '10 mg'"),
        ("soreness:", "meds: [{rosuvastatin: 10 mg, began: 2026}]\n    soreness:", 4, "unknown word 'began'"),
        (
            "soreness:",
            "meds: [{rosuvastatin: 10 mg, start: soon}]\n    soreness:",
            4,
            "is not a date such as",
        ),
        ("soreness:", "meds: [{start: 2026-01-01}]\n    soreness:", 4, "which medicine?"),
        ("soreness:", "labs: [{potassium: 3.1}]\n    soreness:", 4, "not a number in mmol/L"),
        ("soreness:", "labs: [{potassium: 3.1 mmol/L, range: 3.5}]\n    soreness:", 4, "[low, high]"),
        (
            "soreness:",
            "labs: [{potassium: 3.1 mmol/L, flags: [old]}]\n    soreness:",
            4,
            "known: dialysis, haemolysed",
        ),
        ("soreness:", "labs: [{potassium: 3.1 mmol/L, fraction: D3}]\n    soreness:", 4, "unknown fraction"),
        ("soreness:", "problems: [{gout: 2020-01-01}]\n    soreness:", 4, "unknown finding 'gout'"),
        ("soreness:", "not_supplied: [lab]\n    soreness:", 4, "did you mean 'labs'"),
        ("soreness:", "patient: {age: old}\n    soreness:", 4, "old"),
        ("today: 2026-11-22", "today: now", 1, "is not a date such as 2026-11-22"),
        ("cases:", "cases:\n  - {name: a mattress, tier: none}", 4, "two cases are called 'a mattress'"),
    ],
)
def test_an_unclear_vignette_is_refused(
    tmp_path: Path, knowledge: Knowledge, old: str, new: str, line: int, cure: str
) -> None:
    assert old in ONE_CASE
    cards = cards_with(tmp_path, ONE_CASE.replace(old, new, 1))
    with pytest.raises(KnowledgeError) as refused:
        run_vignettes(knowledge, "sleep_surface", cards)
    assert str(refused.value).startswith(f"sleep_surface.vignettes.yaml:{line}: ")
    assert cure in str(refused.value)


def test_a_rule_without_vignettes_has_no_outcomes(knowledge: Knowledge) -> None:
    assert run_vignettes(knowledge, "no-such-rule") == []


def test_vignettes_do_not_count_as_knowledge(tmp_path: Path) -> None:
    assert content_version(cards_with(tmp_path, ONE_CASE)) == content_version(cards_dir())


def test_one_step_is_one_unit_of_the_last_digit() -> None:
    assert [step("27", 1), step("3.5", -1), step("0.90", 1), step("-3", 1), step("10", -1)] == [
        "28",
        "3.4",
        "0.91",
        "-2",
        "9",
    ]


def test_all_kinds_of_numbers_are_found() -> None:
    rule = {
        "version": "1.0.0",
        "order": 3,
        "given": {"a": {"lab": "x", "below": "mild", "at_least": "4 x upper limit", "newer_than": "7 days"}},
        "ways": [{"considered_if": "a", "points": [{"add": 1, "needs_points": 2, "when": "2 of (a, b)"}]}],
    }
    assert [(number.kind, number.moved(1)) for number in find_numbers(rule)] == [
        ("at_least", "5 x upper limit"),
        ("newer_than", "8 days"),
        ("add", 2),
        ("needs_points", 3),
        ("of", "3 of (a, b)"),
    ]


def test_a_sum_of_points_that_cannot_be_reached_needs_no_guard() -> None:
    rule = {"ways": [{"points": [{"add": 3}, {"add": 1, "needs_points": 2}]}]}
    number = next(found for found in find_numbers(rule) if found.kind == "needs_points")
    assert never_reached(rule, number, -1)  # 1 point lets through the same sums: 0 does not, 3 does
    assert never_reached(rule, number, 1)


def test_variants_of_a_condition_change_its_meaning() -> None:
    texts = {variant.text for variant in variants(Sentence("a and (b or not c) unless d"))}
    assert texts == {
        "( b or not c ) unless d",
        "a or ( b or not c ) unless d",
        "a and ( not c ) unless d",
        "a and ( b and not c ) unless d",
        "a and ( b or c ) unless d",
        "a and ( b ) unless d",
        "a and ( b or not c )",
    }


def test_a_variant_that_means_the_same_is_left_out() -> None:
    texts = {variant.text for variant in variants(Sentence("a or 2 of (a, b, c)"))}
    assert "a or 2 of ( b , c )" not in texts
    assert "a or 2 of ( a , b )" in texts


def test_the_vignettes_on_file_can_be_read() -> None:
    files = [read_vignettes(file) for file in sorted(cards_dir().glob("*/*.vignettes.yaml"))]
    assert all(file.cases for file in files)


def newer_than(source: Source, name: str) -> Number:
    return next(
        number for number in find_numbers(source.data) if number.path == ("given", name, "newer_than")
    )


@pytest.mark.parametrize(
    ("rule_id", "clause", "unseen"),
    [
        pytest.param("electrolyte", "k_normal", True, id="only bars another clause about the same result"),
        pytest.param("electrolyte", "k_mild", False, id="counts by itself"),
        pytest.param("dehydration", "ratio", True, id="derived, with an age limit of its own"),
        pytest.param("pad", "abi_low", False, id="the only one about its result"),
    ],
)
def test_an_age_that_cannot_matter_needs_no_guard(
    knowledge: Knowledge, rule_id: str, clause: str, unseen: bool
) -> None:
    bench = Bench(knowledge, cards_dir())
    source = bench.source(rule_id)
    rule = bench.rule(source)
    assert older_is_unseen(rule, newer_than(source, clause), knowledge) is unseen
