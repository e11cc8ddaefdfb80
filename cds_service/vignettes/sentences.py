"""Slightly wrong versions of a condition: a name dropped, an `and` for an `or`, a `not` or `unless` lost."""

import itertools
import re
from collections.abc import Iterator

from cds_service.knowledge.sentence import Sentence, SentenceError
from cds_service.truth import Truth

_TOKEN = re.compile(r"\d+\s+of|[A-Za-z_][A-Za-z0-9_]*|[(),]")
_LINKS = {"and", "or", "unless", ","}
_SWAPPED = {"and": "or", "or": "and"}
_RESERVED = {"and", "or", "not", "unless", "of"}
_TRUTHS: tuple[Truth, ...] = (True, False, None)


def variants(sentence: Sentence) -> Iterator[Sentence]:
    """The sentences changed in one place that can still be read and do not mean the same, each once."""
    tokens = _TOKEN.findall(sentence.text)
    for new in dict.fromkeys(" ".join(changed) for changed in _changed(tokens)):
        try:
            changed = Sentence(new)
        except SentenceError:
            continue  # such as `2 of (a)`: it would be refused, so nobody needs to notice it
        if not _means_the_same(sentence, changed):
            yield changed


def _means_the_same(one: Sentence, other: Sentence) -> bool:
    """Whether both decide alike, whatever is true, false or not known of each name."""
    names = one.names
    for truths in itertools.product(_TRUTHS, repeat=len(names)):
        known = dict(zip(names, truths, strict=True))
        if one.holds(known) != other.holds(known):
            return False
    return True


def _changed(tokens: list[str]) -> Iterator[list[str]]:
    for index, token in enumerate(tokens):
        if token in _SWAPPED:
            yield [*tokens[:index], _SWAPPED[token], *tokens[index + 1 :]]
        elif token == "not":  # noqa: S105 - a word of the sentence
            yield [*tokens[:index], *tokens[index + 1 :]]
        elif token.isidentifier() and token not in _RESERVED:
            yield _without(tokens, index, index + 1)


def _without(tokens: list[str], start: int, end: int) -> list[str]:
    """The tokens without `start:end`, its `not`, the parentheses it empties, and one link beside it."""
    while start and tokens[start - 1] == "not":
        start -= 1
    before = tokens[start - 1] if start else ""
    after = tokens[end] if end < len(tokens) else ""
    if before == "(" and after == ")":
        return _without(tokens, start - 1, end + 1)
    if before in _LINKS:
        start -= 1
    elif after in _LINKS:
        end += 1
    return tokens[:start] + tokens[end:]
