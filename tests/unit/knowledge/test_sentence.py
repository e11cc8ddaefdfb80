"""Conditions are read as written: against a reference that decides the tree they were written from."""

import contextlib
import re
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.sentence import Sentence, SentenceError
from cds_service.truth import Truth

NAMES = ["a", "b", "c", "d", "lab_low", "over_60"]
Tree = tuple[Any, ...]
truths = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in NAMES})


def grown(smaller: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    parts = st.lists(smaller, min_size=1, max_size=4)
    counted = parts.flatmap(lambda them: st.tuples(st.just("of"), st.integers(1, len(them)), st.just(them)))
    return st.one_of(
        st.tuples(st.just("not"), smaller),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(smaller, min_size=2, max_size=4)),
        counted,
    )


trees = st.recursive(st.tuples(st.just("name"), st.sampled_from(NAMES)), grown, max_leaves=8)


def written(tree: Tree) -> str:
    match tree:
        case ("name", name):
            return str(name)
        case ("not", inner):
            return f"not {bracketed(inner)}"
        case ("of", count, parts):
            return f"{count} of ({', '.join(written(part) for part in parts)})"
        case (link, parts):
            return f" {link} ".join(bracketed(part) for part in parts)
    raise AssertionError(tree)


def bracketed(tree: Tree) -> str:
    return f"({written(tree)})" if tree[0] in ("and", "or") else written(tree)


def decided(tree: Tree, known: dict[str, Truth]) -> Truth:
    """Kleene's tables by the smallest and the largest: false < not known < true."""

    def rank(part: Tree) -> float:
        return {True: 1, False: 0, None: 0.5}[decided(part, known)]

    back: dict[float, Truth] = {1: True, 0: False, 0.5: None}
    match tree:
        case ("name", name):
            return known[name]
        case ("not", inner):
            return back[1 - rank(inner)]
        case ("of", count, parts):
            return back[sorted((rank(part) for part in parts), reverse=True)[count - 1]]
        case (link, parts):
            return back[(min if link == "and" else max)(rank(part) for part in parts)]
    raise AssertionError(tree)


@given(trees, truths)
def test_a_sentence_decides_as_the_tree_it_was_written_from(tree: Tree, known: dict[str, Truth]) -> None:
    assert Sentence(written(tree)).decide(known) is decided(tree, known)


@given(trees, trees, truths)
def test_unless_bars_only_what_is_known_to_be_true(main: Tree, bar: Tree, known: dict[str, Truth]) -> None:
    found = Sentence(f"{written(main)} unless {written(bar)}").decide(known)
    barred = decided(main, known) is True and decided(bar, known) is True
    assert found is (False if barred else decided(main, known))


@given(trees)
def test_the_names_are_those_that_were_written(tree: Tree) -> None:
    words = re.findall(r"[a-z_]\w*", written(tree))
    assert list(Sentence(written(tree)).names) == list(dict.fromkeys(word for word in words if word in NAMES))


@given(st.text(alphabet="ab ()of,2 notandunless&", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SentenceError):
        assert Sentence(text).decide(defaultdict(lambda: None)) in (True, False, None)


def test_and_binds_closer_than_or() -> None:
    known: dict[str, Truth] = {"a": True, "b": False, "c": False}
    assert Sentence("a or b and c").decide(known) is True
    assert Sentence("(a or b) and c").decide(known) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a clause name, found 'the end'"),
        ("a b", "unexpected 'b'"),
        ("a and", "found 'the end'"),
        ("(a", "expected ')'"),
        ("a unless b unless c", "unexpected 'unless'"),
        ("0 of (a, b)", "0 of 2 can never be decided"),
        ("3 of (a, b)", "3 of 2 can never be decided"),
        ("2 of a", "expected '('"),
        ("a & b", "cannot read '& b'"),
        ("not", "expected a clause name"),
        ("or a", "expected a clause name, found 'or'"),
    ],
)
def test_what_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(SentenceError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        Sentence(text)
