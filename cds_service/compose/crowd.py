"""Too many cards: what is not critical moves into the card that takes it in."""

from collections.abc import Iterator

import msgspec

from cds_service.knowledge import Knowledge
from cds_service.knowledge.rules import Sign
from cds_service.reason.findings import SignFinding, SignItem


def settle(signs: list[SignFinding], knowledge: Knowledge, room: int) -> list[SignFinding]:
    """At most `room` cards. Nothing is lost: absorbed cards keep their lines and evidence.

    Non-critical cards go first, all of them; if that is not enough, the least urgent critical ones.
    """
    if len(signs) <= room:
        return signs
    host = next((target for sign in signs if (target := knowledge.signs[sign.sign].absorbed_by)), None)
    if host is None:
        return signs
    minor = [sign for sign in signs if sign.indicator != "critical" and _goes_to(host, sign, knowledge)]
    kept = [sign for sign in signs if sign not in minor and sign.sign != host]
    own = [sign for sign in signs if sign.sign == host]
    while len(kept) >= room:
        minor.insert(0, kept.pop())
    return [*kept, _merged(host, own, minor, knowledge)]


def _goes_to(host: str, sign: SignFinding, knowledge: Knowledge) -> bool:
    return knowledge.signs[sign.sign].absorbed_by == host


def _merged(
    host: str, own: list[SignFinding], absorbed: list[SignFinding], knowledge: Knowledge
) -> SignFinding:
    parts = [*absorbed, *own]
    first = parts[0]
    critical = any(part.indicator == "critical" for part in parts)
    items = tuple({item.fact.say: item for part in parts for item in part.items}.values())
    return msgspec.structs.replace(
        first,
        sign=host,
        indicator="critical" if critical else "warning",
        # What is critical is said in its own words; the others are listed in those of the host.
        summaries=first.summaries if critical else tuple(_listing(knowledge.signs[host], items)),
        items=items,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        evidence=tuple(dict.fromkeys(ref for part in parts for ref in part.evidence)),
        absorbed=tuple(part.sign for part in absorbed),
    )


def _listing(host: Sign, items: tuple[SignItem, ...]) -> Iterator[str]:
    """The summary of the host with all items, then with fewer."""
    names = list(dict.fromkeys(item.name for item in items))
    text = host.texts[host.fires[0].summary]
    for count in range(len(names), 0, -1):
        yield text.plain({"items": names[:count]})
