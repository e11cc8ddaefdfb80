"""docs/reference/configuration.md names every member with its default and its variable."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cds_service.knowledge import DEFAULT_BASE
from cds_service.settings import Settings
from cds_service.settings.environment import PLACES

PAGE = (Path(__file__).parents[3] / "docs/reference/configuration.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| `([\w.\[\]]+)` \|(?: `([^`]*)`)? \|(?:(?: `(LEG_CDS_\w+)`)? \|)?[^|]+\|$", PAGE, re.MULTILINE
)


def sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from sections(argument)


def members(section: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in section.model_fields.items():
        many = "tuple" in str(field.annotation)
        inner = next(sections(field.annotation), None)
        path = f"{before}{name}" + ("[]" if many and inner else "")
        if inner is None or path == "fhir_servers[]":
            yield path, field.default
        else:
            yield from members(inner, f"{path}.")


def shown(default: Any) -> str:
    if default is PydanticUndefined or default in (None, "", ()):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return (
        ", ".join(default)
        if isinstance(default, tuple)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default)
    )


@pytest.mark.parametrize(("path", "default"), list(members(Settings)))
def test_a_member_is_documented_with_its_default(path: str, default: Any) -> None:
    documented = {name: told for name, told, _ in ROWS}
    expected = DEFAULT_BASE if path == "knowledge.base" else shown(default)
    assert documented[path] == expected


def test_nothing_else_is_documented() -> None:
    assert {name for name, _, _ in ROWS} == {path for path, _ in members(Settings)}


def test_every_variable_is_documented_at_its_member() -> None:
    told = {
        variable.removeprefix("LEG_CDS_"): tuple(name.split(".")) for name, _, variable in ROWS if variable
    }
    assert told == PLACES
