"""`cards/lock.json`: the version and content each rule had when it was last locked.

A rule whose content changed must carry a new version, so that a card's version tells which rule
made it.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from cds_service.rulebook.on_file import RuleOnFile

LOCK_FILE = "lock.json"


class Locked(msgspec.Struct, frozen=True):
    """One entry of the lock: `version` and the SHA-256 of the rule file."""

    version: str
    sha256: str


def read_lock(cards: Path) -> dict[str, Locked]:
    """The locked rules by id; none when nothing was locked yet."""
    file = cards / LOCK_FILE
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Locked]) if file.is_file() else {}


def write_lock(cards: Path, rules: list[RuleOnFile]) -> None:
    """Lock all rules as they are."""
    locked = {
        entry.rule.id: Locked(entry.rule.version, entry.sha256)
        for entry in sorted(rules, key=lambda entry: entry.rule.id)
    }
    (cards / LOCK_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(locked), indent=2) + b"\n")


def changed_without_version(rules: list[RuleOnFile], locked: dict[str, Locked]) -> Iterator[str]:
    """Rules whose content changed under the version that is locked."""
    for entry in rules:
        known = locked.get(entry.rule.id)
        if known and known.version == entry.rule.version and known.sha256 != entry.sha256:
            place = f"{entry.source.file.name}:{entry.source.line(('version',))}"
            yield f"{place}: changed since version {known.version} was locked; raise the version"


def not_locked(rules: list[RuleOnFile], locked: dict[str, Locked]) -> Iterator[str]:
    """Rules that are missing from the lock, locked in another version, or locked and gone."""
    cure = "run `leg-cds rules lock`"
    for entry in rules:
        known = locked.get(entry.rule.id)
        if known is None:
            yield f"{LOCK_FILE}: {entry.rule.id} is not locked; {cure}"
        elif known.version != entry.rule.version:
            yield f"{LOCK_FILE}: {entry.rule.id} is now {entry.rule.version}, not {known.version}; {cure}"
    for rule_id in locked.keys() - {entry.rule.id for entry in rules}:
        yield f"{LOCK_FILE}: {rule_id} is locked, but there is no such rule; {cure}"
