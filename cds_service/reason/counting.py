"""The entries of a way as one Python function, so that nothing is looked up while points are counted.

A way such as `first_of: [{add: 3, when: soon}, {add: 2, when: weeks}]` becomes

    def count(of, present):
        fired, total = [], 0
        if present & 8 and (of['soon'] is True):
            fired.append(p0); total += 3
        elif present & 8 and (of['weeks'] is True):
            fired.append(p1); total += 2
        return fired
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from cds_service.knowledge.rules import Point, Sentences, Way
from cds_service.knowledge.sentence import Truths

Counter = Callable[[Truths, int], list[Point]]
"""The entries that count, from the truths of the clauses and the data the chart has."""


def counter_of(way: Way, sentences: Sentences) -> Counter:
    """The entries of a way as a function."""
    points = [point for alternatives in way.points for point in alternatives.first_of]
    names = {id(point): f"p{number}" for number, point in enumerate(points)}
    source = "\n".join(_lines(way, sentences, names))
    namespace: dict[str, Any] = {names[id(point)]: point for point in points}
    exec(_compiled(source), namespace)  # noqa: S102 - made of checked names and numbers
    count: Counter = namespace["count"]
    return count


def _lines(way: Way, sentences: Sentences, names: dict[int, str]) -> Iterator[str]:
    yield "def count(of, present):"
    yield "    fired, total = [], 0"
    for alternatives in way.points:
        word = "if"
        for point in alternatives.first_of:
            sentence = sentences[point.when]
            least = f"total >= {point.needs_points} and " if point.needs_points is not None else ""
            yield f"    {word} {least}present & {sentence.needs} and {sentence.true}:"
            yield f"        fired.append({names[id(point)]}); total += {point.add}"
            word = "elif"
    yield "    return fired"


@lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType:
    return compile(source, "<way>", "exec")
