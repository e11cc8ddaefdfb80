"""File, environment and command line made into `Settings`, or into a list of all that is wrong."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from cds_service.settings.environment import PLACES, PREFIX, read_environment, unknown_variables
from cds_service.settings.model import Settings
from cds_service.settings.source import SettingsError, read_file
from cds_service.settings.values import Reading
from cds_service.yaml_text import Place

_SHAPES = {
    "model_type": "a section: members, each with its value",
    "model_attributes_type": "a section: members, each with its value",
    "tuple_type": "a list, as in [a, b]",
    "string_type": "a text; put it in quotes",
    "path_type": "the path of a file",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}
"""What a value of another kind than the setting wants should be, by pydantic's name for the mistake."""


class _Given(NamedTuple):
    """What was chosen, and where: by the file's lines, or by the name of a variable or an option."""

    members: dict[str, Any]
    file: Path | None
    lines: dict[Place, int]
    names: dict[Place, str]

    def put(self, place: Place, value: Any, name: str) -> None:
        """Choose a value; what it overrides in the file is forgotten."""
        section: dict[str | int, Any] = self.members  # type: ignore[assignment] # its keys are texts
        for key in place[:-1]:
            if not isinstance(section.get(key), dict):
                section[key] = {}
            section = section[key]
        section[place[-1]] = value
        self.names[place] = name

    def told(self, place: Place, text: str) -> str:
        """`text` with the place in the words of whoever chose it."""
        for end in range(len(place), 0, -1):
            around = place[:end]
            if around in self.names:
                return f"{self.names[around]}: {text}"
            if around in self.lines:
                return f"{self.file}:{self.lines[around]}: {_dotted(place)}: {text}"
        variable = next((f" ({PREFIX}{name})" for name, where in PLACES.items() if where == place), "")
        return f"{_dotted(place)}{variable}: {text}"


def read_settings(environment: Mapping[str, str], *, file: Path | None = None, **chosen: object) -> Settings:
    """The settings of a file (or the one LEG_CDS_CONFIG names), the environment, and options.

    The environment wins over the file, and the options `chosen` (`port=5000`; None is not chosen)
    over both. Raises `SettingsError` with everything that is wrong, not only the first.
    """
    given = _collect(environment, file, chosen)
    problems = list(unknown_variables(environment))
    production = given.members.get("profile") == "production"
    if production and environment.get(f"{PREFIX}DEBUG"):
        problems.append(f"{PREFIX}DEBUG shows tracebacks, which may hold patient data; production refuses it")
    reading = Reading(given.file.absolute().parent if given.file else None, production)
    try:
        settings = Settings.model_validate(given.members, context=reading)
    except ValidationError as error:
        raise SettingsError([*problems, *_tell(error, given)]) from None  # the error repeats what was given
    if problems:
        raise SettingsError(problems)
    return settings


def _collect(environment: Mapping[str, str], file: Path | None, chosen: Mapping[str, object]) -> _Given:
    named = environment.get(f"{PREFIX}CONFIG")
    file = file or (Path(named) if named else None)
    members, lines = read_file(file) if file else ({}, {})
    given = _Given(members, file, lines, {})
    for place, value, name in read_environment(environment):
        given.put(place, value, name)
    for option, value in chosen.items():
        if value is not None:
            given.put(PLACES[option.upper()], value, f"--{option.replace('_', '-')}")
    return given


def _tell(error: ValidationError, given: _Given) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        yield given.told(detail["loc"], _wording(detail["type"], detail["loc"], detail["msg"]))


def _wording(kind: str, place: Place, text: str) -> str:
    if kind == "extra_forbidden":
        return f"there is no such setting{_near(place)}"
    if kind == "missing":
        return "is missing"
    if wanted := _SHAPES.get(kind):
        return f"should be {wanted}"
    return text.removeprefix("Value error, ").replace("Input should", "should", 1)


def _near(place: Place) -> str:
    known = _members_at(place[:-1])
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"


def _members_at(place: Place) -> list[str]:
    section: type[BaseModel] = Settings
    for key in place:
        if isinstance(key, str):
            section = next(_sections(section.model_fields[key].annotation))
    return list(section.model_fields)


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections a type is made of: `Issuer` of `tuple[Issuer, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)


def _dotted(place: Place) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return text.removeprefix(".") or "the configuration"
