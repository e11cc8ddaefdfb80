"""YAML values as typed structs, with the complaint on the line of the value."""

import re
from typing import TypeVar, get_origin

import msgspec

from cds_service.knowledge.choices import choices
from cds_service.knowledge.yaml_source import Source, near_miss
from cds_service.yaml_text import Place

T = TypeVar("T")
_WHERE = re.compile(r" - at `\$([^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")
_CHOICE = re.compile(r"Invalid enum value '(.*)'")
_NOT_TEXT = re.compile(r"Expected `str[^`]*`, got `(?:int|float|bool|datetime|date)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def typed(source: Source, path: Place, value: object, wanted: type[T]) -> T:
    """`value`, which stands at `path`, as `wanted` (a struct that forbids unknown fields).

    Raises `KnowledgeError` with the line of the part that does not fit.
    """
    if isinstance(value, dict):
        _refuse_unknown(source, path, value, wanted)
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        steps = _steps(str(error))
        message = _in_our_words(_WHERE.sub("", str(error)), wanted, steps)
        raise source.error((*path, *steps), message) from error


def _in_our_words(message: str, wanted: type[object], steps: Place) -> str:
    if unknown := _UNKNOWN.fullmatch(message):
        return f"unknown word {unknown[1]!r}{near_miss(unknown[1], _field_names(wanted))}"
    if choice := _CHOICE.fullmatch(message):
        return f"{choice[1]!r} does not fit here{near_miss(choice[1], choices(wanted, steps))}"
    if _NOT_TEXT.match(message):
        return f"{message}; write text in quotes"
    return message


def typed_entries(source: Source, wanted: type[T]) -> dict[str, T]:
    """A document that maps names to values of one type."""
    if not isinstance(source.data, dict):
        raise source.error((), "expected names with values below them")
    return {name: typed(source, (name,), value, wanted) for name, value in source.data.items()}


def _refuse_unknown(source: Source, path: Place, value: dict[str, object], wanted: type[T]) -> None:
    if get_origin(wanted) or not issubclass(wanted, msgspec.Struct):
        return
    known = {field.encode_name for field in msgspec.structs.fields(wanted)}
    for name in value:
        if name not in known:
            raise source.error((*path, name), f"unknown word {name!r}{near_miss(name, known)}")


def _steps(message: str) -> Place:
    where = _WHERE.search(message)
    if where is None:
        return ()
    return tuple(int(index) if index else word for word, index in _STEP.findall(where[1]))


def _field_names(wanted: type[object]) -> set[str]:
    """The field names of a struct and of the structs inside it."""
    names: set[str] = set()
    open_types: list[object] = [msgspec.inspect.type_info(wanted)]
    while open_types:
        kind = open_types.pop()
        for field in getattr(kind, "fields", ()):
            if field.encode_name not in names:
                names.add(field.encode_name)
                open_types.append(field.type)
        open_types += [inner for name in ("item_type", "value_type") if (inner := getattr(kind, name, None))]
        open_types += getattr(kind, "types", ())
    return names
