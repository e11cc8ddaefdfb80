"""A second, tolerant reading of an entry that is not quite what FHIR says it is.

Rule: a list item or optional member that cannot be read is left out; an object in which an
essential member (`resources.ESSENTIAL`) cannot be read is itself unreadable.
"""

import types
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from cds_service.reading.resources import ESSENTIAL

T = TypeVar("T", bound=msgspec.Struct)


class UnreadableError(ValueError):
    """A resource whose meaning could not be read; `str()` says why and never quotes content."""


def salvage(value: object, wanted: type[T]) -> tuple[T, tuple[str, ...]]:
    """As much of `value` as can be read as `wanted`, and the names of the members left out.

    Raises `UnreadableError` when an essential member cannot be read.
    """
    if not isinstance(value, dict):
        raise UnreadableError("not an object")
    left_out: list[str] = []
    kept = _kept_members(value, wanted, left_out)
    return msgspec.convert(kept, wanted), tuple(sorted(set(left_out)))


def _kept_members(value: dict[str, Any], wanted: type[msgspec.Struct], left_out: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(wanted):
        name = field.encode_name
        if name not in value:
            continue
        try:
            kept[name] = _kept(value[name], field.type, left_out)
        except (UnreadableError, msgspec.ValidationError):
            if name in ESSENTIAL:
                raise UnreadableError(f"{name} cannot be read") from None
            left_out.append(name)
    return kept


def _kept(value: object, wanted: Any, left_out: list[str]) -> object:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        if isinstance(value, dict) and (struct := _struct_of(wanted)):
            return _kept_members(value, struct, left_out)
        if isinstance(value, list) and (item := _item_of(wanted)):
            return _kept_items(value, item, left_out)
        raise
    return value


def _kept_items(values: list[Any], wanted: Any, left_out: list[str]) -> list[object]:
    kept = []
    for value in values:
        try:
            kept.append(_kept(value, wanted, left_out))
        except (UnreadableError, msgspec.ValidationError):
            left_out.append("an item of a list")
    return kept


def _alternatives(wanted: Any) -> tuple[Any, ...]:
    return get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)


def _struct_of(wanted: Any) -> type[msgspec.Struct] | None:
    for option in _alternatives(wanted):
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            return option
    return None


def _item_of(wanted: Any) -> Any:
    for option in _alternatives(wanted):
        if get_origin(option) is list:
            return get_args(option)[0]
    return None
