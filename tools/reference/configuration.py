"""docs/reference/generated/settings.md: every member of the configuration, from the pydantic models."""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cds_service.settings import Settings
from cds_service.settings.environment import PLACES, PREFIX
from tools.reference import NOTE, code, table

_PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Path: "file"}
_BOUNDS = {Ge: ("from", "ge"), Gt: ("above", "gt"), Le: ("at most", "le")}


def page() -> str:
    """The page as Markdown."""
    variables = {".".join(str(key) for key in place): PREFIX + name for name, place in PLACES.items()}
    rows = [
        (code(path), kind(field), _needed(field), code(variables.get(path, "")))
        for path, field in members(Settings)
    ]
    about = (
        "Every member of the configuration, what its value may be, and the variable that sets it. "
        "What each is for, and its default, is in the [configuration](../configuration.md)."
    )
    return (
        "\n\n".join(["# Settings", NOTE, about, table(("member", "value", "needed", "variable"), rows)])
        + "\n"
    )


def members(section: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """The dotted path of each member with its field; `[]` follows what may stand there several times."""
    for name, field in section.model_fields.items():
        inner = next(_sections(field.annotation), None)
        several = "[]" if inner and "tuple" in str(field.annotation) else ""
        path = f"{before}{name}{several}"
        if inner is None:
            yield path, field
        else:
            yield from members(inner, f"{path}.")


def kind(field: FieldInfo) -> str:
    """What a value may be, in words."""
    return _kind(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return f"{_kind(arguments[0])}{_bounds(arguments[1:])}"
    if origin is tuple:
        inner = _kind(arguments[0])
        return f"list of {inner}s" if inner.isalpha() else f"list of {inner}"
    if origin is Literal:
        return " or ".join(code(str(choice)) for choice in arguments)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_kind(argument) for argument in arguments if argument is not type(None))
    return _PLAIN[annotation]


def _bounds(metadata: tuple[Any, ...]) -> str:
    flat = [item for entry in metadata for item in getattr(entry, "metadata", [entry])]
    told = [
        f" {word} {getattr(item, name)}"
        for item in flat
        for known, (word, name) in _BOUNDS.items()
        if isinstance(item, known)
    ]
    lengths = [f" of at most {item.max_length} characters" for item in flat if isinstance(item, MaxLen)]
    assert not any(isinstance(item, MinLen) and not lengths for item in flat)
    return ",".join(told + lengths)


def _needed(field: FieldInfo) -> str:
    return "yes" if field.is_required() else ""


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)
