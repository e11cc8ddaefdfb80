"""Code systems: our short names and the URLs records use for them."""

from pathlib import Path

from cds_service.knowledge.typed_yaml import typed_entries
from cds_service.knowledge.yaml_source import read_yaml

Systems = dict[str, tuple[str, ...]]
"""Our name -> URLs, the official one first."""


def load_systems(cards: Path) -> Systems:
    """Read `vocabulary/systems.yaml`.

    Raises `KnowledgeError` when an entry is no list of URLs.
    """
    return typed_entries(read_yaml(cards / "vocabulary" / "systems.yaml"), tuple[str, ...])
