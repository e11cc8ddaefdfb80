"""Kleene's three-valued logic: `True`, `False`, and `None` for *not known*.

Missing is not no: a clause about data nobody supplied is `None`, and stays `None` under `not`.
"""

from collections.abc import Iterable

Truth = bool | None


def negation(value: Truth) -> Truth:
    """Not known stays not known."""
    return None if value is None else not value


def conjunction(values: Iterable[Truth]) -> Truth:
    """False as soon as one is false, else not known as soon as one is not known."""
    seen_unknown = False
    for value in values:
        if value is False:
            return False
        seen_unknown |= value is None
    return None if seen_unknown else True


def word(value: Truth) -> str:
    """The value as a reader sees it."""
    return {True: "true", False: "false", None: "not known"}[value]
