"""What is said of the service beside its rules: `cards/attributes.yaml`."""

from datetime import date
from pathlib import Path

import msgspec

from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import read_yaml

_ASKED = 13  # source attributes of an evidence-based intervention, 45 CFR 170.315(b)(11)(iv)(A)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown members are errors."""


class Attribute(_Strict, frozen=True):
    """One source attribute; `uses` where it asks whether a datum is used."""

    number: int
    name: str
    uses: bool | None = None
    answer: str = ""


class Licence(_Strict, frozen=True):
    """The terms of a terminology that is used."""

    name: str
    terms: str
    url: str


class Change(_Strict, frozen=True):
    """One line of the history of the knowledge."""

    date: date
    what: str


class Attributes(_Strict, frozen=True):
    """attributes.yaml."""

    developer: str
    contact: str
    intended_use: str
    users: str
    patients: str
    not_for: list[str]
    inputs: str
    attributes: list[Attribute]
    validation: list[str]
    design_choices: list[str]
    failure_modes: list[str]
    licences: list[Licence]
    changes: list[Change]


def load_attributes(cards: Path) -> Attributes:
    """Read `attributes.yaml`.

    Raises `KnowledgeError` for an unknown or missing member, a missing attribute, or one without answer.
    """
    source = read_yaml(cards / "attributes.yaml")
    attributes = typed(source, (), source.data, Attributes)
    numbers = [entry.number for entry in attributes.attributes]
    if numbers != list(range(1, _ASKED + 1)):
        raise source.error(("attributes",), f"expected the attributes 1 to {_ASKED} in their order")
    for index, entry in enumerate(attributes.attributes):
        if entry.uses is None and not entry.answer:
            raise source.error(("attributes", index), "say whether it is `uses`d, or give an `answer`")
    return attributes
