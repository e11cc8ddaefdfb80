"""All links of one ingredient, joined to one course."""

from itertools import groupby, takewhile

import msgspec

from cds_service.chart import DoseChange, Exposure, Taking
from cds_service.reading.dates import newer
from cds_service.reading.exposure_link import Link
from cds_service.when import When


class Dated(msgspec.Struct, frozen=True, gc=False):
    """A link with the record it came from and its daily dose of the ingredient in mg.

    `dose` is the most the record allows, `least` the least where it leaves a range.
    """

    ref: str
    name: str
    link: Link
    dose: float | None
    by_name: bool
    least: float | None = None


def join_course(ingredient: str, links: list[Dated], today: int, gap_days: int) -> Exposure | None:
    """The exposure to an ingredient; `None` when no record shows one.

    The course begins with the earliest record before which there is a gap of more than `gap_days`
    days. An order without an end runs until the next one. The newest order or statement gives name
    and dose; a dispense or administration speaks for itself only where no order or statement does.
    """
    links = sorted(links, key=_age)
    never = Taking.NEVER
    taken = [one for one in links if one.link.taking is not never]
    if not taken:
        return None
    denial = _newest_denial(links) if len(taken) < len(links) else None  # a denial is no exposure
    standing = taken if denial is None else [one for one in taken if not _contradicts(denial, one)]
    deciding = _deciding(standing)
    taking = Taking.NOW if any(one.link.taking is Taking.NOW for one in deciding) else Taking.ENDED
    if len(standing) < len(taken) and taking is Taking.ENDED:
        taking, deciding = Taking.NEVER, _deciding(taken)
    course, start = _course(taken, deciding, today, gap_days)
    told = course if len(deciding) == len(taken) else _among(deciding, course)
    newest = _newest(deciding, taking)
    return Exposure(
        ingredient=ingredient,
        name=newest.name,
        taking=taking,
        start=start,
        end=newest.link.end if taking is Taking.ENDED else None,
        daily_dose=newest.dose,
        least_dose=newest.least,
        increases=_increases(told),
        refs=_refs(told, course, newest),
        by_name=all(one.by_name for one in deciding),
        conflict=_conflict(denial, deciding) if taking is not Taking.ENDED else "",
    )


def _among(deciding: list[Dated], course: list[Dated]) -> list[Dated]:
    decides = set(map(id, deciding))
    return [one for one in course if id(one) in decides]


def _age(one: Dated) -> tuple[int, int, float, str, str, float, str]:
    """Oldest first, undated before all; within a day by time, then by all else that differs."""
    start = one.link.start
    if start is None:
        return 0, 0, 0.0, one.ref, one.name, one.dose or 0.0, one.link.taking
    instant = start.instant or 0.0
    return start.first, start.last, instant, one.ref, one.name, one.dose or 0.0, one.link.taking


def _newest_denial(links: list[Dated]) -> Dated | None:
    denials = [one for one in links if one.link.denied]
    return max(denials, key=lambda one: (_said(one).first, _said(one).instant or 0.0, one.ref), default=None)


def _said(denial: Dated) -> When:
    return denial.link.asserted or When(0, 0)


def _contradicts(denial: Dated, one: Dated) -> bool:
    """Whether the patient surely said later that it is not taken."""
    known = one.link.asserted or one.link.start
    return known is not None and one.link.taking is Taking.NOW and newer(_said(denial), known)


def _deciding(taken: list[Dated]) -> list[Dated]:
    """Orders and statements, where there are any; evidence after their last known end decides too."""
    said = [one for one in taken if not one.link.evidence]
    if not said or len(said) == len(taken):
        return taken
    ends = [one.link.end for one in said if one.link.taking is Taking.ENDED]
    if len(ends) < len(said) or any(end is None for end in ends):
        return said  # one is running, or its end is not known: later evidence belongs to it
    last = max(end.last for end in ends if end is not None)
    refs = {one.ref for one in said}
    evidence = [one for one in taken if one.link.evidence and refs.isdisjoint(one.link.of_orders)]
    return sorted([*said, *(one for one in evidence if _first(one) > last)], key=_age)


def _newest(deciding: list[Dated], taking: Taking) -> Dated:
    wanted = [one for one in deciding if one.link.taking is taking] or deciding
    last = wanted[-1]
    if len(wanted) == 1:
        return last
    latest = takewhile(lambda one: _day(one) == _day(last), reversed(wanted))
    same_day = [one for one in latest if one.dose is not None]
    return max(same_day, key=lambda one: (one.dose or 0, one.ref), default=last)


def _day(one: Dated) -> tuple[int, int] | None:
    start = one.link.start
    return None if start is None else (start.first, start.last)


def _course(
    taken: list[Dated], deciding: list[Dated], today: int, gap_days: int
) -> tuple[list[Dated], When | None]:
    """The links of the running (else the last) course, undated ones among them, and its start.

    The start is not known where the medicine was already seen taken before the first dated link.
    """
    placed = sorted((one for one in taken if _since(one) is not None), key=_place)
    undated = [one for one in taken if one.link.start is None]
    running = [one for one in deciding if one.link.taking is Taking.NOW]
    if running and all(one.link.start is None for one in running):
        return undated, None  # what is taken now cannot be placed
    begins = reached = 0
    for index, (one, covered) in enumerate(zip(placed, _covered(placed, today), strict=True)):
        if _first(one) - reached > gap_days:
            begins = index
        reached = max(reached, covered)
    course = placed[begins:]
    dated = [one for one in course if one.link.start is not None]
    return undated + dated, course[0].link.start if course else None


def _since(one: Dated) -> When | None:
    return one.link.start or one.link.seen


def _place(one: Dated) -> tuple[int, bool]:
    return _first(one), one.link.start is None


def _covered(dated: list[Dated], today: int) -> list[int]:
    """The last day each link reaches: its end, today, its successor's start, or only its own day."""
    last_days: list[int] = []
    successor = 0  # start of the next order or statement
    for one in reversed(dated):
        link = one.link
        start = reach = _first(one)
        if link.end is not None:
            reach = link.end.last
        elif not link.evidence:
            reach = today if link.taking is Taking.NOW else successor
        last_days.append(max(start, reach))
        successor = successor if link.evidence else start
    return last_days[::-1]


def _first(one: Dated) -> int:
    since = _since(one)
    return since.first if since is not None else 0


def _increases(links: list[Dated]) -> tuple[DoseChange, ...]:
    """Later days with a daily dose that surely is higher; of several records of a day the highest counts."""
    dosed = [one for one in links if one.dose is not None and one.link.start is not None]
    if len({one.dose for one in dosed}) < 2:  # noqa: PLR2004 - no two doses, no change
        return ()
    changes: list[DoseChange] = []
    before: float | None = None
    for _, same_day in groupby(dosed, key=_day):
        highest = max(same_day, key=lambda one: (one.dose or 0, one.ref))
        dose = highest.dose or 0.0
        sure = dose if highest.least is None else highest.least
        if before is not None and sure > before and highest.link.start is not None:
            changes.append(DoseChange(highest.link.start, before, dose))
        before = dose
    return tuple(changes)


def _refs(told: list[Dated], course: list[Dated], newest: Dated) -> tuple[str, ...]:
    """The orders and statements of the course, newest first; of evidence the first and the last only."""
    said = [one.ref for one in reversed(told) if not one.link.evidence]
    if not said:
        said = [one.ref for one in (course[-1:] + course[:1])]
    return tuple(dict.fromkeys([newest.ref, *said]))


def _conflict(denial: Dated | None, deciding: list[Dated]) -> str:
    """What the patient said against a record that is not surely newer."""
    if denial is not None and any(_doubted(denial, one) for one in deciding):
        said = f" on {denial.link.asserted}" if denial.link.asserted else ""
        return f"{denial.ref} says{said} that it is not taken"
    running = [one.link for one in deciding if one.link.taking is Taking.NOW]
    for one in reversed(deciding):
        ended = _said_to_end(one.link)
        if running and ended and all(_older(link, ended) for link in running):
            return f"{one.ref} says on {ended} that it has ended"
    return ""


def _said_to_end(link: Link) -> When | None:
    """When a statement that it was taken before says that it ended, or else when that was said."""
    said = link.taking is Taking.ENDED and not link.evidence and link.asserted is not None
    return (link.end or link.asserted) if said else None


def _older(running: Link, ended: When) -> bool:
    known = running.asserted or running.start
    return known is not None and newer(ended, known)


def _doubted(denial: Dated, one: Dated) -> bool:
    known = one.link.asserted or one.link.start
    return denial.link.asserted is None or known is None or not newer(known, denial.link.asserted)
