"""YAML 1.2 as plain values, with the line each of them stands on.

PyYAML parses, with libyaml where its wheel has it: ten times as fast as a parser in Python. Of the two
versions of YAML it knows the older one, so what plain words mean is said here, as the core schema of
YAML 1.2.2 (section 10.3) has it: `on` is a word, and so is `12:30`. `2026-11-22` is a date.
"""

import math
import re
from datetime import date
from string import digits
from typing import Any, ClassVar

import yaml

Key = str | int
Place = tuple[Key, ...]
"""The keys and positions that lead to a value: `("issuers", 0, "iss")`; of the whole document `()`."""

_PREFIX = "tag:yaml.org,2002:"
_FLOATS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_WORDS = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", ["-", "+", *digits]),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        ["-", "+", ".", *digits],
    ),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list(digits)),
)


class YamlError(ValueError):
    """Text that is no YAML, or has a key twice: `problem` on `line`, counted from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Knows the plain words of YAML 1.2 only."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in _WORDS:
    _Loader.add_implicit_resolver(_PREFIX + _tag, re.compile(f"(?:{_pattern})\\Z"), _first)


def read_yaml_text(text: str) -> tuple[Any, dict[Place, int]]:
    """The value of a document, and the line of every value in it; None, and no line, where it is empty.

    Keys are always strings. Raises `YamlError`.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlError(mark.line + 1 if mark else 1, f"not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlError(1, f"not valid YAML: {error}") from error
    lines: dict[Place, int] = {}
    return (None if node is None else _plain(node, (), lines)), lines


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, index), lines) for index, item in enumerate(node.value)]
    members: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in members:
            raise YamlError(line, f"duplicate key {key!r}; keep one of the two")
        lines[(*place, key)] = line
        members[key] = _plain(value_node, (*place, key), lines)
    return members


def _scalar(node: yaml.ScalarNode) -> Any:
    text, line = node.value, node.start_mark.line + 1
    match node.tag.removeprefix(_PREFIX):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        case "float":
            return _FLOATS[text.lower()] if text.lower() in _FLOATS else float(text)
        case "timestamp":
            return _date(text, line)
        case "str":
            return text
        case _:
            raise YamlError(line, f"the tag {node.tag} is not used here; leave it out")


def _date(text: str, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise YamlError(line, f"{text} is no date; write one as 2026-11-22, or as text in quotes") from error
