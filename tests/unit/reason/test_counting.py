"""Points are counted by a function made of the way: it counts what a reader of the file would count."""

from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.rules import FirstOf, Point, Sentences, Way
from cds_service.knowledge.sentence import Sentence
from cds_service.reason.counting import counter_of
from cds_service.truth import Truth

NAMES = ["soon", "weeks", "both", "one_side"]
TEXTS = [*NAMES, "both and soon", "weeks or not both", "soon unless one_side", "2 of (soon, weeks, both)"]
SENTENCES = Sentences({text: Sentence(text) for text in TEXTS})
EVERYTHING = -1  # every bit

truths = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in NAMES})
points = st.builds(
    Point,
    add=st.integers(-3, 4),
    when=st.sampled_from(TEXTS),
    say=st.just("said"),
    needs_points=st.none() | st.integers(-2, 5),
)
ways = st.builds(
    Way,
    considered_if=st.just("soon"),
    points=st.lists(st.builds(FirstOf, st.lists(points, min_size=1, max_size=3)), max_size=4),
)


def read_aloud(way: Way, known: dict[str, Truth]) -> list[Point]:
    """Entry by entry: of alternatives the first that holds, and has the points it needs, counts."""
    counted: list[Point] = []
    for alternatives in way.points:
        for point in alternatives.first_of:
            total = sum(each.add for each in counted)
            enough = point.needs_points is None or total >= point.needs_points
            if enough and SENTENCES[point.when].decide(known) is True:
                counted.append(point)
                break
    return counted


@given(ways, truths)
def test_the_function_counts_as_the_way_reads(way: Way, known: dict[str, Truth]) -> None:
    assert counter_of(way, SENTENCES)(known, EVERYTHING) == read_aloud(way, known)


def test_an_entry_whose_data_are_missing_is_not_asked() -> None:
    sentences = Sentences({"soon": Sentence("soon")})
    sentences["soon"].needs = 4
    way = Way(considered_if="soon", points=[FirstOf([Point(add=2, when="soon", say="said")])])
    count = counter_of(way, sentences)
    assert count({}, 8) == []  # nothing is looked up
    assert count({"soon": True}, 4) == way.points[0].first_of
