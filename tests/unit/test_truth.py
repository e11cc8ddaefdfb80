import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.truth import Truth, conjunction, negation, word

TRUTHS = st.sampled_from([True, False, None])
MANY = st.lists(TRUTHS, max_size=6)


def possible(value: Truth) -> list[bool]:
    """What a value may turn out to be: both, while it is not known."""
    return [True, False] if value is None else [value]


def worlds(values: list[Truth]) -> list[list[bool]]:
    """Every way the unknown values may turn out."""
    found: list[list[bool]] = [[]]
    for value in values:
        found = [[*world, known] for world in found for known in possible(value)]
    return found


def agreed(outcomes: set[bool]) -> Truth:
    return outcomes.pop() if len(outcomes) == 1 else None


@given(TRUTHS)
def test_negation_keeps_what_is_not_known(value: Truth) -> None:
    assert negation(value) is (None if value is None else not value)
    assert negation(negation(value)) is value


@given(MANY)
def test_conjunction_is_what_all_worlds_agree_on(values: list[Truth]) -> None:
    assert conjunction(values) is agreed({all(world) for world in worlds(values)})


@given(MANY, st.randoms(use_true_random=False))
def test_order_does_not_matter(values: list[Truth], shuffle: random.Random) -> None:
    other = values.copy()
    shuffle.shuffle(other)
    assert conjunction(values) is conjunction(other)


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (None, "not known")])
def test_words(value: Truth, text: str) -> None:
    assert word(value) == text
