"""The attacks by their number in docs/security/attacks.md, which also holds their titles."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.security.attack.stage import Stage

PAGE = Path(__file__).resolve().parents[3] / "docs" / "security" / "attacks.md"
_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \|", re.MULTILINE)

Attack = Callable[[Stage], None]
"""Raises `AssertionError` where the service does not hold."""
ATTACKS: dict[int, Attack] = {}


def attack(number: int) -> Callable[[Attack], Attack]:
    """Make a function the attack of this number."""

    def enter(function: Attack) -> Attack:
        assert number not in ATTACKS, f"{number} is taken"
        ATTACKS[number] = function
        return function

    return enter


@cache
def titles() -> dict[int, str]:
    """The titles of all entries."""
    return {int(number): title.strip() for number, title in _ROW.findall(PAGE.read_text())}
