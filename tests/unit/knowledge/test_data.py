"""What rules need and what charts have, as numbers."""

from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.data import ANYTHING, needed, present

NAMES = st.lists(st.sampled_from([f"lab:unit test {number}" for number in range(70)]), unique=True)


@given(NAMES, NAMES)
def test_a_need_is_met_by_any_of_its_data(wanted: list[str], had: list[str]) -> None:
    assert bool(needed(wanted) & present(had)) is bool(set(wanted) & set(had))


@given(NAMES)
def test_what_needs_nothing_is_always_asked(had: list[str]) -> None:
    assert needed(None) & present(had)
    assert needed(None) == ANYTHING


def test_data_no_rule_needs_tell_nothing() -> None:
    assert present(["lab:unit test of something nobody needs"]) == ANYTHING


def test_a_need_keeps_its_bit() -> None:
    assert needed(["answer:unit test"]) == needed(["answer:unit test"])
