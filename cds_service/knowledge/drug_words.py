"""Words of dosage instructions: `cards/vocabulary/drugs/doses.yaml`."""

from pathlib import Path

import msgspec

from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import read_yaml


class SigWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the words of a dosage instruction mean; all in lower case.

    `milligrams` maps a unit of mass to mg, `times_a_day` a phrase to intakes a day.
    """

    units_of_form: frozenset[str]
    most_units_at_once: float
    milligrams: dict[str, float]
    millilitres: frozenset[str]
    times_a_day: dict[str, float]
    numbers: dict[str, float]
    fillers: frozenset[str]
    local_forms: frozenset[str]
    body_forms: frozenset[str]


def load_sig_words(folder: Path) -> SigWords:
    """Read `doses.yaml`.

    Raises `KnowledgeError` for a missing, unknown or unusable entry.
    """
    source = read_yaml(folder / "doses.yaml")
    return typed(source, (), source.data, SigWords)
