"""The clauses of the rules as functions, each made once for the knowledge it stands in.

What a clause says is worked out when it is made: spans as days, names as the ingredients they mean,
thresholds as numbers. What is left for a chart is to look and to compare.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from cds_service.knowledge import Knowledge
from cds_service.knowledge.clauses import Clause
from cds_service.knowledge.rules import Given, Sentences, Way
from cds_service.reason.counting import Counter, counter_of
from cds_service.reason.held import Held

Decider = Callable[[Any], Held]
"""What became of a clause, asked of the `Case` it stands in."""
Maker = Callable[[Any, Knowledge], Decider]
MAKERS: dict[type, Maker] = {}
"""Kind of clause -> what makes its function; the modules of the kinds register here."""
M = TypeVar("M", bound=Maker)


def makes(kind: type[Clause]) -> Callable[[M], M]:
    """Register what makes the functions of a kind of clause."""

    def register(maker: M) -> M:
        MAKERS[kind] = maker
        return maker

    return register


class Deciders(dict[str, Decider]):
    """The functions of the clauses of one rule by their names, made when they are first asked for."""

    def __init__(self, given: Given, knowledge: Knowledge) -> None:
        super().__init__()
        self._given = given
        self._knowledge = knowledge

    def __missing__(self, name: str) -> Decider:
        clause = self._given[name]
        decider = self[name] = MAKERS[type(clause)](clause, self._knowledge)
        return decider


class Plan:
    """All rules of one knowledge, ready to be tried."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._deciders: dict[int, tuple[Given, Deciders]] = {}  # with the clauses, which keeps the key theirs
        self._counters: dict[int, tuple[Way, Counter]] = {}

    def deciders(self, given: Given) -> Deciders:
        """The functions of these clauses."""
        found = self._deciders.get(id(given))
        if found is None:
            found = self._deciders[id(given)] = given, Deciders(given, self._knowledge)
        return found[1]

    def counter(self, way: Way, sentences: Sentences) -> Counter:
        """The entries of a way of these sentences as a function."""
        found = self._counters.get(id(way))
        if found is None:
            found = self._counters[id(way)] = way, counter_of(way, sentences)
        return found[1]


@lru_cache(maxsize=32)
def plan_of(knowledge: Knowledge) -> Plan:
    """The plan of a knowledge, made once."""
    return Plan(knowledge)
