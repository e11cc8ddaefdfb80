"""What a statin must not be combined with, and its intensity by dose."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from cds_service.knowledge.typed_yaml import typed_entries
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml

Grade = Literal["contraindicated", "avoid", "limit", "caution"]
Bands = dict[Literal["low", "moderate", "high"], tuple[float, float]]


class InteractionEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `interactions.yaml`."""

    partner: str
    grade: Grade
    limit_mg: float | None = None
    partner_from_mg: float | None = None
    source: str = ""
    mark: Literal["V", "V2", "M"]


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """A statin and what it is combined with.

    `limit_mg` is the highest daily dose of the statin (grade `limit`), `partner_from_mg` the daily
    dose of the partner from which the pair counts. `mark` says how far the source was verified
    (V, V2), or that none was read (M, `source` is "").
    """

    statin: str
    partner: str  # as written: an ingredient or a class word
    partners: frozenset[str]  # its ingredients
    grade: Grade
    limit_mg: float | None
    partner_from_mg: float | None
    source: str
    mark: str

    @property
    def contraindicated(self) -> bool:
        """Whether the pair must not be given at any dose; `avoid` counts."""
        return self.grade in ("contraindicated", "avoid")


def load_interactions(
    folder: Path, members: Callable[[str], frozenset[str]], words: frozenset[str]
) -> dict[str, tuple[Interaction, ...]]:
    """Statin -> its interactions.

    Raises `KnowledgeError` for an unknown drug, a limit without a dose or the reverse, and a verified
    pair without a source.
    """
    source = read_yaml(folder / "interactions.yaml")
    entries = typed_entries(source, list[InteractionEntry])
    found: dict[str, tuple[Interaction, ...]] = {}
    for statin, lines in entries.items():
        _check_word(source, (statin,), statin, words)
        found[statin] = tuple(
            _interaction(source, statin, index, entry, members, words) for index, entry in enumerate(lines)
        )
    return found


def _interaction(
    source: Source,
    statin: str,
    index: int,
    entry: InteractionEntry,
    members: Callable[[str], frozenset[str]],
    words: frozenset[str],
) -> Interaction:
    _check_word(source, (statin, index), entry.partner, words)
    if (entry.grade == "limit") != (entry.limit_mg is not None):
        raise source.error((statin, index), "grade limit needs limit_mg, and no other grade has one")
    if (entry.mark == "M") != (not entry.source):
        raise source.error((statin, index), "mark M has no source, the others need one")
    return Interaction(statin=statin, partners=members(entry.partner), **msgspec.structs.asdict(entry))


def _check_word(source: Source, path: tuple[str | int, ...], word: str, words: frozenset[str]) -> None:
    if word not in words:
        raise source.error(path, f"unknown drug {word!r}{near_miss(word, words)}")


def load_intensity(folder: Path, words: frozenset[str]) -> dict[str, Bands]:
    """Statin -> bands of daily dose in mg.

    Raises `KnowledgeError` for an unknown drug or band.
    """
    source = read_yaml(folder / "intensity.yaml")
    bands = typed_entries(source, Bands)
    for statin in bands:
        _check_word(source, (statin,), statin, words)
    return bands


def intensity_of(bands: Bands, daily_mg: float) -> str:
    """The highest band that begins at or below the dose, "" outside all bands."""
    reached = [(low, word) for word, (low, _) in bands.items() if low <= daily_mg]
    if not reached or daily_mg > max(high for _, high in bands.values()):
        return ""
    return max(reached)[1]
