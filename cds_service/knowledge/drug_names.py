"""Medicine names in free text: whole words, the longest name first, never a part of a word."""

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from cds_service.knowledge.drug_tables import NO_INGREDIENT, Product
from cds_service.knowledge.drug_words import SigWords

LONGEST_TEXT = 1000  # characters; a medicine name is shorter, the rest of a longer text is not read
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[/%]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")


class Name(msgspec.Struct, frozen=True):
    """A name as its words, and what it stands for; no ingredients: a look-alike that is skipped."""

    words: tuple[str, ...]
    ingredients: tuple[str, ...]
    local: bool = False
    only_first: bool = False


class Match(msgspec.Struct, frozen=True):
    """A name found at words `start..end` (end excluded)."""

    start: int
    end: int
    name: Name


def split_words(text: str) -> list[str]:
    """Lower-case words, numbers, `/` and `%`; accents are stripped."""
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _WORD.findall(text.casefold())


def number(word: str) -> float | None:
    """A number as people write it (`12.5`, `12,5`, `1,000`), `None` for anything else."""
    if not word[:1].isdigit():
        return None
    plain = word.replace(",", "") if _THOUSANDS.fullmatch(word) else word.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


class NameIndex:
    """All names we know, by their first word."""

    def __init__(self, names: Iterable[tuple[str, str, str]], sig: SigWords) -> None:
        self._sig = sig
        self._by_first: dict[str, list[Name]] = {}
        for text, ingredients, mark in names:
            if words := tuple(split_words(text)):
                found = () if ingredients == NO_INGREDIENT else tuple(ingredients.split("|"))
                name = Name(words, found, mark == "l", mark == "^")
                self._by_first.setdefault(words[0], []).append(name)
        for same_start in self._by_first.values():
            same_start.sort(key=lambda name: -len(name.words))

    def find(self, text: str) -> Product | None:
        """Everything named in `text`, with the strengths that are plain; `None` when nothing is."""
        words = split_words(text)
        matches = [match for match in self._matches(words) if match.name.ingredients]
        if not matches:
            return None
        ingredients = dict.fromkeys(i for match in matches for i in match.name.ingredients)
        strengths, concentrations = self._strengths(words, matches)
        return Product(
            ingredients=tuple(ingredients),
            strengths=strengths,
            concentrations=concentrations,
            systemic=not self._local(words) and not all(match.name.local for match in matches),
        )

    def is_local(self, text: str) -> bool:
        """Whether a route or form says that the medicine acts where it is put."""
        return self._local(split_words(text))

    def _local(self, words: list[str]) -> bool:
        found = set(words)
        return bool(found & self._sig.local_forms) and not found & self._sig.body_forms

    def _matches(self, words: list[str]) -> list[Match]:
        matches, position = [], 0
        while position < len(words):
            name = self._name_at(words, position)
            if name is None:
                position += 1
            else:
                matches.append(Match(position, position + len(name.words), name))
                position += len(name.words)
        return matches

    def _name_at(self, words: list[str], position: int) -> Name | None:
        for name in self._by_first.get(words[position], ()):
            end = position + len(name.words)
            if tuple(words[position:end]) == name.words and not (name.only_first and position):
                return name
        return None

    def _strengths(self, words: list[str], matches: list[Match]) -> tuple[dict[str, float], dict[str, float]]:
        """Strengths, only where each name has exactly one of its own (`a/b 5 mg/20 mg` gives none)."""
        strengths: dict[str, float] = {}
        concentrations: dict[str, float] = {}
        for index, match in enumerate(matches):
            start = 0 if len(matches) == 1 else match.end
            end = matches[index + 1].start if index + 1 < len(matches) else len(words)
            found = self._amounts(words[start:end])
            if len(found) != 1 or len(match.name.ingredients) != 1:
                return {}, {}
            amount, per_ml = found[0]
            (concentrations if per_ml else strengths)[match.name.ingredients[0]] = amount
        return strengths, concentrations

    def _amounts(self, words: list[str]) -> list[tuple[float, bool]]:
        found = []
        for index, word in enumerate(words[:-1]):
            value, factor = number(word), self._sig.milligrams.get(words[index + 1])
            if value is not None and factor is not None:
                divisor = self._per_ml(words[index + 2 : index + 5])
                found.append((value * factor / (divisor or 1), divisor is not None))
        return found

    def _per_ml(self, following: list[str]) -> float | None:
        match following:
            case ["/", unit, *_] if unit in self._sig.millilitres:
                return 1.0
            case ["/", amount, unit] if unit in self._sig.millilitres:
                return number(amount) or None
        return None
