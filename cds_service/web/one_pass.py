"""A hook request decoded in one pass, FHIR data included, where all of it is as it should be.

Almost every body is. `members` and `reading` read the others member by member and say what is wrong;
a body that both can read comes to the same.
"""

from typing import Any, Union

import msgspec
from msgspec import Raw, Struct

from cds_service.json_object import Key, make_key
from cds_service.reading import VALUE, Whole, records_of

_PREFETCH = "prefetch"
_Object = dict[Key, Union[VALUE, str, int, float, bool]]  # noqa: UP007 - VALUE is made of a list
_decode = msgspec.json.Decoder(dict[Key, _Object | str | int | float | bool | None], dec_hook=make_key).decode


class OnePass(Struct, frozen=True):
    """The members of a body, without the prefetch, undecoded; the records of the prefetch by key."""

    members: dict[str, Raw]
    prefetch: dict[str, Whole]


def read_in_one_pass(body: bytes) -> OnePass | None:
    """A body in which no object holds more than texts, numbers and FHIR data; None for any other."""
    try:
        if not body.isascii():
            body.decode()
        decoded: dict[Key, Any] = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    values = _named(decoded)
    if values is None:
        return None
    prefetch = _read_prefetch(values.pop(_PREFETCH, None))
    members = {name: _undecoded(value) for name, value in values.items()}
    if prefetch is None or None in members.values():
        return None
    return OnePass({name: raw for name, raw in members.items() if raw is not None}, prefetch)


def _named(members: dict[Key, Any]) -> dict[str, Any] | None:
    named = {key.text: value for key, value in members.items()}
    return named if len(named) == len(members) else None  # a member twice


def _read_prefetch(value: Any) -> dict[str, Whole] | None:
    if value is None:
        return {}
    values = _named(value) if isinstance(value, dict) else None
    if values is None:
        return None
    wholes = {key: whole for key, value in values.items() if (whole := records_of(value)) is not None}
    return wholes if len(wholes) == len(values) else None


def _undecoded(value: Any) -> Raw | None:
    """A member as JSON again, which costs little: all that is large is in the prefetch."""
    if isinstance(value, dict):
        value = _named(value)
        if value is None or any(isinstance(inner, Struct) for inner in value.values()):
            return None
    return Raw(msgspec.json.encode(value))
