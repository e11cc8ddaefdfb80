import shutil
from pathlib import Path

import pytest

from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.findings import Findings, load_findings
from cds_service.knowledge.items import load_items
from cds_service.knowledge.yaml_source import KnowledgeError

ICD, SNOMED = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"


@pytest.fixture(scope="module")
def findings() -> Findings:
    return load_findings(cards_dir(), load_items(cards_dir()))


def names(findings: Findings, code: str, system: str = ICD) -> set[str]:
    found = findings.of_code(system, code)
    return set(found.findings) if found else set()


def test_every_finding_has_a_code(findings: Findings) -> None:
    coded = {
        name
        for table in (findings.snomed, findings.icd10cm)
        for entry in table.values()
        for name in entry.findings
    }
    assert coded == set(findings.words)


def test_identifiers_are_identifiers(findings: Findings) -> None:
    assert all(code.isdecimal() and 6 <= len(code) <= 18 for code in findings.snomed)
    assert all(code[0].isalpha() and "." not in code and code == code.upper() for code in findings.icd10cm)


def test_labels_are_our_own_words(findings: Findings) -> None:
    assert not any(
        "(disorder)" in entry.label or "(finding)" in entry.label for entry in findings.snomed.values()
    )


def test_icd_codes_cover_what_is_below_them(findings: Findings) -> None:
    assert names(findings, "E03") == names(findings, "E03.9") == names(findings, "e039") == {"hypothyroidism"}
    assert names(findings, "I82.4Z1") == {"dvt"}
    assert names(findings, "E0") == set()
    assert names(findings, "") == set()


def test_findings_of_all_levels_add_up_unless_taken_out(findings: Findings) -> None:
    assert names(findings, "N18.6") == {"chronic kidney disease", "kidney disease stage 4-5 or dialysis"}
    assert names(findings, "O22.31") == {"pregnancy", "dvt"}
    assert names(findings, "M79.602") == set()
    assert names(findings, "M79.609") == {"leg soreness"}


@pytest.mark.parametrize(
    ("code", "side"),
    [("M79.604", "right"), ("M79.605", "left"), ("I82.403", "both"), ("L03.116", "left"), ("E03.9", "")],
)
def test_sides(findings: Findings, code: str, side: str) -> None:
    found = findings.of_code(ICD, code)
    assert found is not None
    assert found.side == side


def test_systems_are_kept_apart(findings: Findings) -> None:
    assert names(findings, "404223003", SNOMED) == {"dvt"}
    assert names(findings, "404223003", ICD) == set()
    assert names(findings, "404223003", "http://loinc.org") == set()
    assert names(findings, "10601006", "https://snomed.info/sct") == {"leg soreness"}


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "findings.yaml",
            "says: {warn.numb: yes}",
            "says: {warn.num: yes}",
            "findings.yaml:.*did you mean 'warn.numb'",
        ),
        (
            "findings.yaml",
            "says: {warn.numb: yes}",
            "says: {warn.numb: ys}",
            "findings.yaml:.*no answer 'ys'",
        ),
        ("findings.yaml", "{left: left-only,", "{left: left,", "findings.yaml:.*no answer 'left'"),
        ("findings.yaml", "{left: left-only,", "{lft: left-only,", "findings.yaml:.*lft"),
        ("findings.yaml", "dvt: {}", "dvtt: {}", "findings.tsv:.*unknown finding 'dvt'; did you mean"),
        ("findings.yaml", "fever: {says", "numbness: {says", "findings.yaml:.*duplicate key 'numbness'"),
        ("findings.tsv", "\tsnomed\t", "\tsnowmed\t", "findings.tsv:.*did you mean 'snomed'"),
        ("findings.tsv", "\tleft\t", "\tlft\t", "findings.tsv:.*unknown side 'lft'"),
    ],
)
def test_what_is_unclear_is_refused_by_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    shutil.copytree(cards_dir() / "vocabulary", tmp_path / "vocabulary")
    spoilt = tmp_path / "vocabulary" / file
    text = spoilt.read_text(encoding="utf-8")
    assert old in text
    spoilt.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message):
        load_findings(tmp_path, load_items(cards_dir()))
