import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.truth import Truth, at_least, conjunction, disjunction, negation, word

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


@given(MANY)
def test_disjunction_is_what_all_worlds_agree_on(values: list[Truth]) -> None:
    assert disjunction(values) is agreed({any(world) for world in worlds(values)})


@given(st.integers(-1, 7), MANY)
def test_at_least_is_what_all_worlds_agree_on(count: int, values: list[Truth]) -> None:
    assert at_least(count, values) is agreed({sum(world) >= count for world in worlds(values)})


@given(MANY)
def test_de_morgan(values: list[Truth]) -> None:
    assert negation(conjunction(values)) is disjunction(map(negation, values))


@given(MANY, st.randoms(use_true_random=False))
def test_order_does_not_matter(values: list[Truth], shuffle: random.Random) -> None:
    other = values.copy()
    shuffle.shuffle(other)
    assert conjunction(values) is conjunction(other)
    assert disjunction(values) is disjunction(other)


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (None, "not known")])
def test_words(value: Truth, text: str) -> None:
    assert word(value) == text
