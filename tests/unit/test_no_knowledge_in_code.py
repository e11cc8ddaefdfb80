"""A new cause is a new file in cards/: the engine holds no drug name and no code of a terminology."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cds_service").rglob("*.py"))
LOINC = re.compile(r"\b\d{3,5}-\d\b")
IDENTIFIER = re.compile(r"(?<![{,])\b\d{5,18}\b")  # RxNorm, SNOMED CT; not the bounds of a pattern
ICD = re.compile(r"\b[A-TV-Z]\d\d(?:\.\w{1,4})?\b")


OTHERS_CODES = {  # codes that look alike and are of databases and of the audit trail, none of them clinical
    "42501": "SQLSTATE: insufficient privilege",
    "110150": "DICOM: an application, as an agent of an AuditEvent",
    "PRAGMA journal_size_limit = 67108864": "bytes",
}


def read_words(name: str) -> dict[str, list[str]]:
    words: dict[str, list[str]] = YAML(typ="safe", pure=True).load(ROOT / "cards/vocabulary" / name)
    return words


@cache
def ingredients() -> set[str]:
    """Ingredient words; a mineral is a word of the laboratory too, and may stand in an example."""
    members = {str(word).lower() for words in read_words("drugs/classes.yaml").values() for word in words}
    return members - set(read_words("labs.yaml"))


def texts(module: Path) -> Iterator[str]:
    """The string constants of a module without its docstrings, which may give examples."""
    tree = ast.parse(module.read_text())
    examples = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in examples:
            if node.value in OTHERS_CODES:
                continue
            yield node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_holds_no_code_and_no_drug_name(module: Path) -> None:
    drugs = ingredients()
    for text in texts(module):
        for pattern in (LOINC, IDENTIFIER, ICD):
            assert not pattern.search(text)
        assert not drugs & set(re.findall(r"[a-z]+", text.lower()))


def test_the_patterns_find_what_they_are_for() -> None:
    assert LOINC.search("LOINC 2823-3 of")
    assert IDENTIFIER.search("RxNorm 83367, SNOMED CT 10601006")
    assert ICD.search("M79.1")
    assert ICD.search("I10")
    assert {"atorvastatin", "furosemide", "levofloxacin"} <= ingredients()
