"""The configuration file, and where each of its members stands."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Place = tuple[str | int, ...]
"""The members that lead to a value: `("issuers", 0, "iss")`."""


class SettingsError(ValueError):
    """The settings are unusable; `problems` names each of them and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_file(file: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    """The members of a YAML 1.2 file, and the line each of them stands on.

    Raises `SettingsError` for a file that cannot be read, or is no YAML mapping.
    """
    reader = YAML(typ="safe", pure=True)
    try:
        node = reader.compose(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 text"]) from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError([f"{file}:{line}: is not valid YAML: {error.problem}"]) from error
    if not isinstance(node, MappingNode):
        raise SettingsError([f"{file}:1: must be a mapping, as in docs/reference/leg-cds.example.yaml"])
    lines: dict[Place, int] = {}
    members: dict[str, Any] = _plain(file, reader, node, (), lines)
    return members, lines


def _plain(file: Path, reader: YAML, node: Node, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        return reader.constructor.construct_object(node)
    if isinstance(node, SequenceNode):
        return [_plain(file, reader, item, (*place, index), lines) for index, item in enumerate(node.value)]
    members: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in members:
            raise SettingsError([f"{file}:{line}: {key!r} is given twice; keep one of the two"])
        lines[(*place, key)] = line
        members[key] = _plain(file, reader, value_node, (*place, key), lines)
    return members
