"""docs/security/attacks.md tells the truth: every number once, every test named exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.security.attack.catalogue import ATTACKS
from tests.security.attack.registry import PAGE

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 240
BY_ATTACK = "`make attack`"
UNTESTED = ("not tested yet", "not applicable", "cannot be run here")
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = [(int(number), where, result) for number, _, where, result in ROW.findall(PAGE.read_text())]
NAMED = sorted({name for _, where, _ in ROWS for name in re.findall(r"`(tests/[^`]+)`", where)})


def names_in(file: Path) -> set[str]:
    """The names of its tests, those of a class with the name of the class."""
    tree = ast.parse(file.read_text())
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    inner = {f"{one.name}::{node.name}" for one in classes for node in one.body if hasattr(node, "name")}
    return {name for name in found | inner if name.rpartition("::")[2].startswith("test_")}


def test_every_number_stands_once_and_in_order() -> None:
    assert [number for number, _, _ in ROWS] == list(range(1, ENTRIES + 1))


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_exists(name: str) -> None:
    file, _, test = name.partition("::")
    tests = names_in(ROOT / file)
    assert tests
    assert not test or test in tests


def test_what_the_attack_runs_is_said() -> None:
    assert {number for number, where, _ in ROWS if BY_ATTACK in where} == set(ATTACKS)


def test_what_has_no_test_says_why() -> None:
    without = {number: result for number, where, result in ROWS if "`" not in where}
    assert all(result.startswith(UNTESTED) for result in without.values()), without
