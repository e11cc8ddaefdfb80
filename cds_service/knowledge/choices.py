"""The words that fit at a place of a typed structure, for the complaint about one that does not."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cds_service.yaml_text import Key, Place


def choices(wanted: type[object], steps: Place) -> set[str]:
    """Every literal text allowed at `steps` below a value of type `wanted`."""
    places: list[Any] = [msgspec.inspect.type_info(wanted)]
    for step in steps:
        places = [inner for place in places for inner in _inside(place, step)]
    return {word for place in places for word in _literals(place)}


def _inside(place: Any, step: Key) -> Iterator[Any]:
    for kind in _alternatives(place):
        for field in getattr(kind, "fields", ()):
            if field.encode_name == step:
                yield field.type
        for name in ("item_type", "value_type"):
            if (inner := getattr(kind, name, None)) is not None:
                yield inner


def _literals(place: Any) -> Iterator[str]:
    for kind in _alternatives(place):
        if isinstance(kind, msgspec.inspect.LiteralType):
            yield from (str(value) for value in kind.values)


def _alternatives(place: Any) -> tuple[Any, ...]:
    return getattr(place, "types", (place,))
