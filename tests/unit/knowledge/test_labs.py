import shutil
from pathlib import Path

import pytest

from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.labs import Labs, load_labs
from cds_service.knowledge.units import SAME, Conversion, load_units
from cds_service.knowledge.yaml_source import KnowledgeError

LOINC = "http://loinc.org"


@pytest.fixture(scope="module")
def labs() -> Labs:
    return load_labs(cards_dir())


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A copy of the vocabulary that a test may spoil."""
    shutil.copytree(cards_dir() / "vocabulary", tmp_path / "vocabulary")
    return tmp_path


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_analytes_the_rules_know(labs: Labs) -> None:
    assert set(labs.analytes) == {
        "25-OH vitamin D", "potassium", "sodium", "magnesium", "calcium", "ionized calcium", "albumin",
        "phosphate",
        "creatine kinase", "creatinine", "urea nitrogen", "glucose", "osmolality", "eGFR", "TSH", "ferritin",
        "transferrin saturation", "vitamin B12", "CRP", "ESR", "ALP", "PTH", "body temperature",
        "ankle-brachial index",
    }  # fmt: skip


def test_every_analyte_has_a_code_and_its_own_unit_among_its_units(labs: Labs) -> None:
    for name, analyte in labs.analytes.items():
        codes = [code for code in labs.codes.values() if code.analyte == name]
        assert codes
        for code in codes:
            assert code.conversions[analyte.unit] == SAME or code.part == "urea mass"


def test_every_unit_has_a_spelling(labs: Labs) -> None:
    for code in labs.codes.values():
        assert all(labs.units.named(unit) == unit for unit in code.conversions)


def test_a_code_is_known_under_every_name_of_its_system(labs: Labs) -> None:
    for system in (LOINC, "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"):
        code = labs.of_code(system, "2823-3")
        assert code is not None
        assert code.analyte == "potassium"
    assert labs.of_code("http://snomed.info/sct", "2823-3") is None


def test_codes_are_listed_once_under_the_official_name(labs: Labs) -> None:
    assert {system for system, _ in labs.codes} == {LOINC, "http://snomed.info/sct"}


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("mmol/L", "mmol/L"), ("MMOL/l", "mmol/L"), (" mEq / L ", "meq/L"), ("mcg/L", "ng/mL"),
        ("µg/L", "ng/mL"),
        ("μg/L", "ng/mL"), ("IU/L", "U/L"), ("uIU/mL", "m[IU]/L"), ("mL/min/1.73 m2", "mL/min/{1.73_m2}"),
        ("°F", "[degF]"), ("degC", "Cel"), ("mm/hr", "mm/h"), ("", None), ("bananas", None), ("mol/L", None),
    ],
)  # fmt: skip
def test_spellings(labs: Labs, spelling: str, unit: str | None) -> None:
    assert labs.units.named(spelling) == unit


def test_a_conversion_is_rounded_to_what_is_meant() -> None:
    assert Conversion(subtract=32, divide_by=1.8).apply(100.4) == 38
    assert SAME.apply(0.1 + 0.2) == 0.1 + 0.2


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("labs.yaml", "unit: mmol/L", "unit: mmol/l", "labs.yaml:.*unit 'mmol/l' is not in units.yaml"),
        ("labs.yaml", "plausible: [1, 10]", "plausible: [1]", "labs.yaml:.*length 2"),
        (
            "labs.yaml",
            "  unit: ng/mL",
            "  unitt: ng/mL",
            "labs.yaml:.*unknown word 'unitt'; did you mean 'unit'",
        ),
        ("labs.tsv", "\tpotassium\t", "\tpotasium\t", "labs.tsv:.*did you mean 'potassium'"),
        ("labs.tsv", "\ttotal\t", "\ttotl\t", "labs.tsv:.*unknown part 'totl'; did you mean 'total'"),
        (
            "labs.tsv",
            "loinc\t2951-2",
            "lonic\t2951-2",
            "labs.tsv:.*unknown system 'lonic'; did you mean 'loinc'",
        ),
        ("labs.tsv", "\t2947-0\t", "\t2951-2\t", "labs.tsv:.*2951-2 is listed twice"),
        ("labs.tsv", "\tname\n", "\ttitle\n", "labs.tsv:.*expected the header"),
        ("labs.tsv", "\tdialysis\t", "\t", "labs.tsv:.*expected 6 columns, found 5"),
        ("units.yaml", "mm/h: [mm/hr,", "mm/h: [U/L,", "units.yaml:.*already means"),
        ("units.yaml", "ukat/L: [", "ukat/L: x #", "units.yaml:.*expected a list"),
        ("result_words.yaml", "words: [", "wrds: [", "result_words.yaml:.*unknown word 'wrds'"),
        ("systems.yaml", "loinc: [", "loinc: 3 # [", "systems.yaml:3"),
    ],
)
def test_what_is_unclear_is_refused_by_file_and_line(
    cards: Path, file: str, old: str, new: str, message: str
) -> None:
    spoil(cards / "vocabulary" / file, old, new)
    with pytest.raises(KnowledgeError, match=message):
        load_labs(cards)


def test_units_stand_alone() -> None:
    assert load_units(cards_dir()).named("MG/DL") == "mg/dL"
