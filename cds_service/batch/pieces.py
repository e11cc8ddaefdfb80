"""A large Bundle in pieces that are Bundles themselves, so that it is never in memory as a whole.

The text is cut where one entry seems to end and another to begin. Whoever reads the pieces finds out whether
all cuts were right: what begins between two entries is a Bundle once more only if it ends between two.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from cds_service.batch.bounds import HEAD, PIECE
from cds_service.batch.files import SourceFile
from cds_service.batch.parts import BOM, is_plain
from cds_service.batch.streams import Chunks, read_file
from cds_service.json_object import decode_members
from cds_service.reading.bundles import UNREADABLE
from cds_service.reading.glance_owners import Glance, Seen

_ENTRIES = "entry"
_BEGIN = re.compile(rb'"entry"\s*:\s*\[')
_BETWEEN = re.compile(rb'\}\s*(,)\s*\{\s*"(?:fullUrl|resource)"')
_BUNDLE = b'{"resourceType":"Bundle","entry":['
_END = b"]}"
_AWAY = 32  # pieces without a place to cut: this is no list of entries, or one of very large ones
_TRIED = 8  # places where the entries could begin
_NEAR = 16  # parts of what is new, the last of which is searched first
_OVERLAP = 1 << 10  # bytes in which a place to cut may have begun before


class NotInPiecesError(ValueError):
    """A text that is no Bundle, or one that is written so that it has to be read as a whole."""


def is_large(file: SourceFile) -> bool:
    """Whether a file, if it is a Bundle, should be read in pieces."""
    return file.size > HEAD and is_plain(file)


def bundles_in(file: SourceFile) -> Iterator[bytes]:
    """A large Bundle as several; the last has all its members but the entries of the others.

    Raises `NotInPiecesError`, also after some were given, or `OSError`.
    """
    chunks = read_file(file.open)
    head, held = _begin(chunks)
    for chunk in chunks:
        held += chunk
        if len(held) < PIECE:
            continue
        cut = _last_cut(held, len(chunk))
        if cut:
            yield b"".join((_BUNDLE, memoryview(held)[:cut], _END))
            held = held[cut + 1 :]
        elif len(held) > _AWAY * PIECE:
            raise NotInPiecesError
    yield head + held


def _begin(chunks: Chunks) -> tuple[bytes, bytes]:
    """What comes before the first entry, and what was read after that."""
    held = next(chunks, b"").removeprefix(BOM)
    for chunk in chain((b"",), chunks):
        held += chunk
        for match in islice(_BEGIN.finditer(held), _TRIED):
            head = held[: match.end()]
            if _opens_entries(head):
                return head, held[match.end() :]
        if len(held) >= HEAD:
            break
    raise NotInPiecesError


def _opens_entries(head: bytes) -> bool:
    """Whether a list that is a member of the outermost object begins where the text ends."""
    try:
        members = list(decode_members(head + _END))
    except UNREADABLE:
        return False
    return members[-1].text == _ENTRIES


def _last_cut(held: bytes, new: int) -> int:
    """Where the last comma between two entries seems to be in so many new bytes; 0 for nowhere."""
    for length in (new // _NEAR, new + _OVERLAP):
        if found := list(_BETWEEN.finditer(held, max(len(held) - length, 0))):
            return found[-1].start(1)
    return 0


def joined(glances: Iterable[Glance | None]) -> Glance | None:
    """What was seen of the pieces, as of the whole; None where one of them wants care."""
    whole = Glance([], {}, {}, 0, "")
    for glance in glances:
        if glance is None:
            return None
        whole = Glance(
            persons=whole.persons + glance.persons,
            seen=whole.seen,
            passed_over=_added(whole.passed_over, glance.passed_over),
            loose=whole.loose + glance.loose,
            time=glance.time,
        )
        for subject, seen in glance.seen.items():
            known = whole.seen.setdefault(subject, Seen({}))
            known.counts = _added(known.counts, seen.counts)
            known.telling.add(seen.telling)
    return whole


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in one | other}
