"""The condition language of rule files: a sentence over named clauses.

    thighs and both
    swelling or 2 of (swelling, redness, warmth) unless known_dvt

`and`, `or`, `not`, parentheses, `N of (a, b, c)`, and one `unless` at the end, which bars only when
it is known to be true. Everything else is three-valued (`cds_service.truth`).
"""

import re
from collections.abc import Callable, Sequence

from cds_service import truth
from cds_service.truth import Truth

Lookup = Callable[[str], Truth]
Decision = Callable[[Lookup], Truth]
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


Part = tuple[Decision, Demand | None]


class Sentence:
    """A parsed sentence: its text, the names it uses in order, and how to decide it.

    `needs` is filled in when the clauses are known: without any of these data the sentence cannot
    be true. None means that it may be true without any. `only` is the one name of a sentence that is
    nothing but a name.
    """

    __slots__ = ("decide", "demand", "names", "needs", "only", "text")

    def __init__(self, text: str) -> None:
        parser = _Parser(text)
        self.text = text
        self.decide, self.demand = parser.sentence()
        self.names: tuple[str, ...] = tuple(dict.fromkeys(parser.names))
        self.only = self.names[0] if text.strip() == self.names[0] else ""
        self.needs: frozenset[str] | None = None


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

    def sentence(self) -> Part:
        decide, demand = self.either()
        if self.peek() == "unless":
            self.position += 1
            decide = _unless(decide, self.either()[0])
        if self.peek():
            raise SentenceError(f"unexpected {self.peek()!r}")
        return decide, demand

    def either(self) -> Part:
        parts = self.separated(self.both, "or")
        return parts[0] if len(parts) == 1 else (_any(_decisions(parts)), Demand(parts=_demands(parts)))

    def both(self) -> Part:
        parts = self.separated(self.single, "and")
        if len(parts) == 1:
            return parts[0]
        return _all(_decisions(parts)), Demand(parts=_demands(parts), every=True)

    def separated(self, read: Callable[[], Part], separator: str) -> list[Part]:
        parts = [read()]
        while self.peek() == separator:
            self.position += 1
            parts.append(read())
        return parts

    def single(self) -> Part:
        token = self.take()
        if token == "not":  # noqa: S105 - a word of the sentence
            return _not(self.single()[0]), None
        if token == "(":  # noqa: S105 - a word of the sentence
            inner = self.either()
            self.expect(")")
            return inner
        if token.isdigit():
            return self.count(int(token))
        if not token or token in _RESERVED:
            raise SentenceError(f"expected a clause name, found {token or 'the end'!r}")
        self.names.append(token)
        return (lambda lookup: lookup(token)), Demand(token)

    def count(self, least: int) -> Part:
        self.expect("(")
        parts = self.separated(self.either, ",")
        self.expect(")")
        if not 0 < least <= len(parts):
            raise SentenceError(f"{least} of {len(parts)} can never be decided")
        decisions = _decisions(parts)
        demand = Demand(parts=_demands(parts))
        return (lambda lookup: truth.at_least(least, [part(lookup) for part in decisions])), demand


def _decisions(parts: list[Part]) -> list[Decision]:
    return [decide for decide, _ in parts]


def _demands(parts: list[Part]) -> list[Demand | None]:
    return [demand for _, demand in parts]


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


def _any(parts: list[Decision]) -> Decision:
    """`truth.disjunction`, without the cost of a generator: this is the innermost loop."""

    def decide(lookup: Lookup) -> Truth:
        outcome: Truth = False
        for part in parts:
            value = part(lookup)
            if value is True:
                return True
            if value is None:
                outcome = None
        return outcome

    return decide


def _all(parts: list[Decision]) -> Decision:
    """`truth.conjunction`, likewise."""

    def decide(lookup: Lookup) -> Truth:
        outcome: Truth = True
        for part in parts:
            value = part(lookup)
            if value is False:
                return False
            if value is None:
                outcome = None
        return outcome

    return decide


def _not(part: Decision) -> Decision:
    return lambda lookup: truth.negation(part(lookup))


def _unless(main: Decision, bar: Decision) -> Decision:
    """The bar needs no certainty to be absent: only what is known to be true bars."""

    def decide(lookup: Lookup) -> Truth:
        value = main(lookup)
        return False if value is True and bar(lookup) is True else value

    return decide
