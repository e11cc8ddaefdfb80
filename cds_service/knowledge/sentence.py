"""The condition language of rule files: a sentence over named clauses.

    thighs and both
    swelling or 2 of (swelling, redness, warmth) unless known_dvt

`and`, `or`, `not`, parentheses, `N of (a, b, c)`, and one `unless` at the end, which bars only when
it is known to be true. Everything else is three-valued (`cds_service.truth`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cds_service.knowledge.data import ANYTHING
from cds_service.truth import Truth

Truths = Mapping[str, Truth]
"""The truth of clauses by their names."""
_TOKEN = re.compile(r"\s*(?:(\d+)\s+of\b|([A-Za-z_][A-Za-z0-9_]*)|([(),]))")
_RESERVED = {"and", "or", "not", "unless", "of", "(", ")", ","}


class SentenceError(ValueError):
    """The sentence cannot be read; the message says what was found and what was expected."""


class Demand:
    """What must be true for a sentence to be true: a name, any of some demands, or all of them.

    None stands for "nothing": a sentence with `not` may be true without any clause being true.
    """

    __slots__ = ("every", "name", "parts")

    def __init__(self, name: str = "", parts: "Sequence[Demand | None]" = (), *, every: bool = False) -> None:
        self.name = name
        self.parts = tuple(parts)
        self.every = every


class _Part(NamedTuple):
    """A part of a sentence: Python expressions of when it is true and when it is false, and its demand.

    Not known is neither, so that two questions with two answers each decide three-valued logic. Python
    stops asking as soon as the answer is certain, and with it the evaluation of clauses.
    """

    true: str
    false: str
    demand: Demand | None


class Sentence:
    """A parsed sentence: its text, the names it uses in order, and how to decide it.

    `true` is the Python expression, over the truths `of` clauses, of when it is known to be true.

    `holds` says whether it is known to be true, `decide` gives its truth, both from the truths of its
    clauses. `needs` is filled in when the clauses are known: without any of these data
    (`knowledge.data`) the sentence cannot be true.
    """

    __slots__ = ("decide", "demand", "holds", "names", "needs", "text", "true")

    def __init__(self, text: str) -> None:
        parser = _Parser(text)
        self.true, false, self.demand = parser.sentence()
        self.text = text
        self.holds: Callable[[Truths], bool] = _compiled(self.true)
        self.decide: Callable[[Truths], Truth] = _compiled(
            f"True if {self.true} else False if {false} else None"
        )
        self.names: tuple[str, ...] = tuple(dict.fromkeys(parser.names))
        self.needs = ANYTHING


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Callable[[Truths], Any]:
    """An expression over the truths `of` clauses as a function."""
    function: Callable[[Truths], Any] = eval(f"lambda of: {expression}", {})  # noqa: S307 - made by _Parser
    return function


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.position = 0
        self.names: list[str] = []

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, token: str) -> None:
        if self.peek() != token:
            raise SentenceError(f"expected {token!r}, found {self.peek() or 'the end'!r}")
        self.position += 1

    def sentence(self) -> _Part:
        part = self.either()
        if self.peek() == "unless":
            self.position += 1
            part = _unless(part, self.either())
        if self.peek():
            raise SentenceError(f"unexpected {self.peek()!r}")
        return part

    def either(self) -> _Part:
        parts = self.separated(self.both, "or")
        return parts[0] if len(parts) == 1 else _any(parts)

    def both(self) -> _Part:
        parts = self.separated(self.single, "and")
        return parts[0] if len(parts) == 1 else _all(parts)

    def separated(self, read: Callable[[], _Part], separator: str) -> list[_Part]:
        parts = [read()]
        while self.peek() == separator:
            self.position += 1
            parts.append(read())
        return parts

    def single(self) -> _Part:
        token = self.take()
        if token == "not":  # noqa: S105 - a word of the sentence
            inner = self.single()
            return _Part(inner.false, inner.true, None)
        if token == "(":  # noqa: S105 - a word of the sentence
            inner = self.either()
            self.expect(")")
            return inner
        if token.isdigit():
            return self.count(int(token))
        if not token or token in _RESERVED:
            raise SentenceError(f"expected a clause name, found {token or 'the end'!r}")
        self.names.append(token)
        return _Part(f"(of[{token!r}] is True)", f"(of[{token!r}] is False)", Demand(token))

    def count(self, least: int) -> _Part:
        self.expect("(")
        parts = self.separated(self.either, ",")
        self.expect(")")
        if not 0 < least <= len(parts):
            raise SentenceError(f"{least} of {len(parts)} can never be decided")
        return _at_least(least, parts)


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if not match:
            raise SentenceError(f"cannot read {stripped[position:].strip()[:20]!r}")
        tokens.append(next(group for group in match.groups() if group))
        position = match.end()
    return tokens


def _any(parts: list[_Part]) -> _Part:
    demand = Demand(parts=_demands(parts))
    return _Part(_joined("or", _trues(parts)), _joined("and", _falses(parts)), demand)


def _all(parts: list[_Part]) -> _Part:
    demand = Demand(parts=_demands(parts), every=True)
    return _Part(_joined("and", _trues(parts)), _joined("or", _falses(parts)), demand)


def _at_least(count: int, parts: list[_Part]) -> _Part:
    """True when so many surely are, false when too many surely are not."""
    true, false = _joined("+", _trues(parts)), _joined("+", _falses(parts))
    return _Part(f"({true} >= {count})", f"({false} > {len(parts) - count})", Demand(parts=_demands(parts)))


def _unless(main: _Part, bar: _Part) -> _Part:
    """The bar needs no certainty to be absent: only what is known to be true bars."""
    true = f"({main.true} and not {bar.true})"
    return _Part(true, f"({main.false} or ({main.true} and {bar.true}))", main.demand)


def _joined(word: str, expressions: list[str]) -> str:
    return f"({f' {word} '.join(expressions)})"


def _trues(parts: list[_Part]) -> list[str]:
    return [part.true for part in parts]


def _falses(parts: list[_Part]) -> list[str]:
    return [part.false for part in parts]


def _demands(parts: list[_Part]) -> list[Demand | None]:
    return [part.demand for part in parts]
