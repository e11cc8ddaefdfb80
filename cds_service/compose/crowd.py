"""Too many cards: what is not critical moves into the card that takes it in."""

import msgspec

from cds_service.knowledge import Knowledge
from cds_service.reason.findings import SignFinding


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
    return [*kept, _merged(host, own, minor)]


def _goes_to(host: str, sign: SignFinding, knowledge: Knowledge) -> bool:
    return knowledge.signs[sign.sign].absorbed_by == host


def _merged(host: str, own: list[SignFinding], absorbed: list[SignFinding]) -> SignFinding:
    parts = [*absorbed, *own]
    first = parts[0]
    critical = any(part.indicator == "critical" for part in parts)
    return msgspec.structs.replace(
        first,
        sign=host,
        indicator="critical" if critical else "warning",
        items=tuple(item for part in parts for item in part.items),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        evidence=tuple(dict.fromkeys(ref for part in parts for ref in part.evidence)),
    )
