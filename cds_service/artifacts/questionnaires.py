"""The Questionnaire as it stands in `cards/`, under the publication's own base address."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from cds_service.artifacts.metadata import Artifact, Publication


def questionnaires(publication: Publication, cards: Path) -> Iterator[Artifact]:
    """Every Questionnaire of `cards/questionnaire`."""
    for file in sorted((cards / "questionnaire").glob("questionnaire-*.json")):
        yield msgspec.json.decode(publication.readdressed(file.read_text(encoding="utf-8")))
