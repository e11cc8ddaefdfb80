"""A JSON object must not have a member twice: two readers of it could see two patients."""

from typing import Any

import msgspec
from msgspec import Raw


class DuplicateMemberError(ValueError):
    """A JSON object with a member twice; the name stays unsaid, it is input."""


class _Key:
    """A member name that equals only itself, so that a repeated name is not lost in decoding."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _make_key(_kind: type, text: Any) -> _Key:
    return _Key(text)


_decode = msgspec.json.Decoder(dict[_Key, Raw], dec_hook=_make_key).decode


def check_members(raw: bytes | Raw) -> None:
    """Check the top level of a JSON object.

    Raises `DuplicateMemberError`, or what msgspec raises for anything but a JSON object.
    """
    members = _decode(raw)
    if len({key.text for key in members}) < len(members):
        raise DuplicateMemberError("a JSON object has a member twice; which one holds cannot be known")
