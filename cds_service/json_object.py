"""Members of a JSON object without loss: a name that comes twice is seen twice.

Parsers keep the last of two equal names. Two readers of one object could then see two patients.
"""

from typing import Any

import msgspec


class Key:
    """A member name that equals only itself, so that a repeated name is not lost in decoding."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def make_key(_kind: type, text: Any) -> Key:
    """A member name from its text: the `dec_hook` of a decoder with `Key` names."""
    return Key(text)


decode_members = msgspec.json.Decoder(dict[Key, msgspec.Raw], dec_hook=make_key).decode
"""The members of a JSON object, undecoded; raises what msgspec raises for anything else."""
