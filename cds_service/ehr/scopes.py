"""What an access token permits, as its scopes say (SMART App Launch 1 and 2)."""

import re
from enum import Enum
from urllib.parse import parse_qs

_CLINICAL = re.compile(r"(?:patient|user|system)/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)(?:\?(.*))?\Z")
READ, SEARCH = "r", "s"
_BOTH = {"read": READ + SEARCH, "*": READ + SEARCH, "write": ""}


class Coverage(Enum):
    """How much of a request is permitted."""

    ALL = "all"
    PART = "part"
    NONE = "none"


def coverage(scope: str, kind: str, interaction: str, query: str) -> Coverage:
    """Whether the scopes (separated by blanks) cover a read or a search of a resource type.

    Scopes without a clinical one say nothing: the server decides. A scope that names categories
    covers a search for no others.
    """
    clinical = [match.groups() for word in scope.split() if (match := _CLINICAL.match(word))]
    if not clinical:
        return Coverage.ALL
    limits = [
        limit
        for named, rights, limit in clinical
        if named in (kind, "*") and interaction in _BOTH.get(rights, rights)
    ]
    if not limits:
        return Coverage.NONE
    asked, granted = _categories(query), set().union(*map(_categories, limits))
    return Coverage.ALL if None in limits or (asked and asked <= granted) else Coverage.PART


def _categories(query: str | None) -> set[str]:
    values = parse_qs(query or "").get("category", [])
    return {token.rpartition("|")[2] for value in values for token in value.split(",")}
