"""YAML 1.2 with line numbers: every complaint about `cards/` names the file, the line and the cure."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cds_service.yaml_text import Place, YamlError, read_yaml_text


class KnowledgeError(ValueError):
    """Something in `cards/` is unclear. `str()` is `file:line: what is wrong; what would be right`."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file.name}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


class Source:
    """A YAML document as plain values, with the line each of them stands on."""

    def __init__(self, file: Path, data: Any, lines: dict[Place, int]) -> None:
        self.file = file
        self.data = data
        self._lines = lines

    def line(self, path: Place = ()) -> int:
        """The line of a value, or of the nearest one around it."""
        while path not in self._lines and path:
            path = path[:-1]
        return self._lines.get(path, 1)

    def part(self, path: Place) -> "Source":
        """The value at `path` as a source of its own; complaints keep their line."""
        data = self.data
        for key in path:
            data = data[key]
        lines = {
            where[len(path) :]: line for where, line in self._lines.items() if where[: len(path)] == path
        }
        return Source(self.file, data, lines)

    def replaced(self, path: Place, value: Any) -> "Source":
        """The same document with one value replaced; lines stay as they are."""
        return Source(self.file, _replaced(self.data, path, value), self._lines)

    def error(self, path: Place, message: str) -> KnowledgeError:
        """A complaint about the value at `path`."""
        return KnowledgeError(self.file, self.line(path), message)


def read_yaml(file: Path) -> Source:
    """Read one document.

    Raises `KnowledgeError` for YAML that does not parse, a duplicate key, or an empty file.
    """
    try:
        data, lines = read_yaml_text(file.read_text(encoding="utf-8"))
    except YamlError as error:
        raise KnowledgeError(file, error.line, error.problem) from error
    if data is None:
        raise KnowledgeError(file, 1, "the file is empty")
    return Source(file, data, lines)


def _replaced(data: Any, path: Place, value: Any) -> Any:
    if not path:
        return value
    changed = data.copy()
    changed[path[0]] = _replaced(data[path[0]], path[1:], value)
    return changed


def near_miss(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or the list of what is known when nothing is near."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    shown = ", ".join(choices[:12]) + (", ..." if len(choices) > 12 else "")  # noqa: PLR2004 - one line
    return f"; known: {shown}"
