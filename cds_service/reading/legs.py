"""What was said of one leg, and of both at once, becomes one answer."""

from collections.abc import Iterable, Mapping

from cds_service.chart import Answer
from cds_service.knowledge.findings import Side

ONE_LEG: tuple[Side, Side] = ("left", "right")
_BOTH: Side = "both"
_WHOLE = ""
Sides = Mapping[str, Mapping[Side, str]]
"""The answers for each side, by item."""


class OfOneLeg(Answer, frozen=True, kw_only=True):
    """An answer about one leg only: `left` or `right`."""

    leg: str


def settle_legs(
    answers: Iterable[Answer], by_side: Mapping[Side, str] | None, negative: frozenset[str]
) -> Answer | None:
    """What holds after these answers to one item, oldest first; None when one leg alone was denied.

    `by_side` has the item's answers for each side, where it asks for a side. Of numbers the worst holds.
    """
    given = list(answers)
    if any(answer.number is not None for answer in given):
        return _worst(given)
    legs = _Legs(by_side)
    for answer in given:
        leg = _leg_of(answer)
        if answer.codes <= negative:
            legs.deny(leg, answer)
        elif leg:
            legs.affirm_one(leg, answer)
        else:
            legs.affirm(answer)
    return legs.settled()


def _leg_of(answer: Answer) -> str:
    return answer.leg if isinstance(answer, OfOneLeg) else _WHOLE


def _worst(answers: list[Answer]) -> Answer:
    """The highest of what was last said of each leg; what was said of no leg in particular is of both."""
    newest: dict[str, Answer] = {}
    for answer in answers:
        leg = _leg_of(answer)
        if leg == _WHOLE:
            newest.clear()
        newest.pop(leg, None)
        newest[leg] = answer
        if newest.keys() >= set(ONE_LEG):
            newest.pop(_WHOLE, None)
    return _plain(max(reversed(newest.values()), key=lambda answer: answer.number or 0.0))


class _Legs:
    """What stands affirmed, and what denied, of each leg; under "" what was said of no leg in particular."""

    def __init__(self, by_side: Mapping[Side, str] | None) -> None:
        self._by_side = by_side
        self._affirmed: dict[str, Answer] = {}
        self._denied: dict[str, Answer] = {}

    def deny(self, leg: str, answer: Answer) -> None:
        self._denied[leg] = answer
        self._affirmed.pop(leg, None)
        if leg == _WHOLE or self._denied.keys() >= set(ONE_LEG):
            self._affirmed.clear()
            self._denied = {_WHOLE: answer}

    def affirm(self, answer: Answer) -> None:
        self._denied.clear()
        self._affirmed = dict.fromkeys(self._named(answer), answer)

    def affirm_one(self, leg: str, answer: Answer) -> None:
        """A newer finding in one leg takes the place of an older answer that named the legs."""
        if self._by_side is not None and any(
            not isinstance(known, OfOneLeg) for known in self._affirmed.values()
        ):
            self._affirmed.clear()
        for known in (self._denied, self._affirmed):
            known.pop(leg, None)
        self._denied.pop(_WHOLE, None)
        self._affirmed[leg] = answer

    def _named(self, answer: Answer) -> tuple[str, ...]:
        if self._by_side is None:
            return (_WHOLE,)
        return tuple(leg for leg in ONE_LEG if answer.codes & {self._by_side[leg], self._by_side[_BOTH]})

    def settled(self) -> Answer | None:
        if not self._affirmed:
            return _plain(self._denied[_WHOLE]) if _WHOLE in self._denied else None
        newest = list(self._affirmed.values())[-1]
        if self._by_side is None:
            return _plain(newest)
        one: dict[str, str] = {leg: self._by_side[leg] for leg in ONE_LEG}
        codes = [one[leg] for leg in self._affirmed]
        return _plain(newest, codes[0] if len(codes) == 1 else self._by_side[_BOTH])


def _plain(answer: Answer, code: str = "") -> Answer:
    codes = frozenset({code}) if code else answer.codes
    return Answer(
        item=answer.item, ref=answer.ref, reported=answer.reported, codes=codes, number=answer.number
    )
