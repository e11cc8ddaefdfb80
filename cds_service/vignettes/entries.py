"""One mapping of a vignette, such as a medicine or a result, read word by word."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any

from cds_service.knowledge.yaml_source import KnowledgeError, Source, near_miss
from cds_service.when import When
from cds_service.yaml_text import Place


class Entry:
    """A mapping at its place in the file; every complaint carries the line."""

    def __init__(self, source: Source, path: Place, data: dict[str, Any]) -> None:
        self._source = source
        self._path = path
        self.data = data

    def error(self, key: str, message: str) -> KnowledgeError:
        """A complaint about the value of a key, or about the mapping where it has no such key."""
        return self._source.error((*self._path, key), message)

    def known(self, kind: str, word: str, choices: Iterable[str], key: str = "") -> None:
        """Raises `KnowledgeError` for a word that is not among the choices."""
        if word not in choices:
            raise self.error(key, f"unknown {kind} {word!r}{near_miss(word, choices)}")

    def subject(self, kind: str, words: Collection[str], details: Collection[str]) -> str:
        """The one key that is a word of the vocabulary; all others must be among `details`.

        Raises `KnowledgeError` when there is none, or more than one.
        """
        others = [key for key in self.data if key not in details]
        if not others:
            raise self.error("", f"which {kind}? say it first, such as {{{min(words)}: ...}}")
        self.known(kind, others[0], words, others[0])
        if len(others) > 1:
            raise self.error(others[1], f"unknown word {others[1]!r}{near_miss(others[1], details)}")
        return others[0]

    def of(self, key: str, data: dict[str, Any]) -> "Entry":
        """A mapping inside this one; complaints carry the line of `key`."""
        return Entry(self._source, (*self._path, key), data)

    def flag(self, key: str) -> bool:
        """True or false; false when it is not said."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"{key!r} is true or false")
        return value

    def when(self, key: str) -> When:
        """A date (`2026-11-22`, `2026-11`, `2026`) or an instant with its zone."""
        value = self.data[key]
        if isinstance(value, datetime):
            return When.at(value if value.tzinfo else value.replace(tzinfo=UTC))
        if isinstance(value, date):
            return When.on(value)
        try:
            return When.parse(str(value))
        except ValueError as error:
            raise self.error(key, f"{value!r} is not a date such as 2026-11-22 or 2026-11") from error

    def optional_when(self, key: str) -> When | None:
        """The same, None when it is not said."""
        return self.when(key) if key in self.data else None
