"""YAML 1.2 as plain values: the words mean what the core schema says, and complaints name their line."""

import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.yaml_text import YamlError, read_yaml_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("-17", -17),
        ("010", 10),
        ("0o10", 8),
        ("0xff", 255),
        ("3.5", 3.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("2026-11-22", date(2026, 11, 22)),
        ("2026-11", "2026-11"),
        ("2026-11-22T10:00Z", "2026-11-22T10:00Z"),
        ("'2026-11-22'", "2026-11-22"),
        ('"true"', "true"),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    found = read_yaml_text(f"key: {text}")[0]["key"]

    assert (type(found), found) == (type(value), value)


def test_every_value_has_its_line() -> None:
    value, lines = read_yaml_text("a: 1\nb:\n  - x\n  - c: y\n")

    assert value == {"a": 1, "b": ["x", {"c": "y"}]}
    assert lines == {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4}


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_document_is_nothing(text: str) -> None:
    assert read_yaml_text(text)[0] is None


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\na: 2", 2, "duplicate key 'a'"),
        ("a:\n  b: 1\n  c: 2\n  b: 3", 4, "duplicate key 'b'"),
        ("a: [1\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2", 2, "not valid YAML"),
        ("a: \0", 1, "not valid YAML"),
        ("a: 1\n---\nb: 2", 2, "not valid YAML"),
        ("a: 1\nb: 2026-02-30", 2, "2026-02-30 is no date"),
        ("a: !!python/object:os.system x", 1, "the tag"),
        ("a: !secret x", 1, "the tag !secret"),
    ],
)
def test_a_complaint_names_line_and_problem(text: str, line: int, problem: str) -> None:
    with pytest.raises(YamlError) as raised:
        read_yaml_text(text)

    assert raised.value.line == line
    assert problem in raised.value.problem


# Beyond this range JSON writes two escapes for one character, which YAML has not; keys are at most 1024 long.
_TEXTS = st.text(st.characters(exclude_categories=("Cs",), max_codepoint=0xFFFF), max_size=100)
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXTS
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner), max_leaves=20
)


@given(_VALUES)
def test_json_is_yaml(value: Any) -> None:
    assert read_yaml_text(json.dumps(value))[0] == value
