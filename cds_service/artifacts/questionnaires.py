"""The Questionnaire as it stands in `cards/`, under the publication's own base address, in all languages."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cds_service.artifacts.metadata import Artifact, Publication
from cds_service.knowledge.language import Catalogue, languages, read_catalogue

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_SHOWN = ("title", "text", "display")


def questionnaires(publication: Publication, cards: Path) -> Iterator[Artifact]:
    """Every Questionnaire of `cards/questionnaire`."""
    catalogues = [read_catalogue(cards, tag) for tag in languages(cards)]
    for file in sorted((cards / "questionnaire").glob("questionnaire-*.json")):
        form = msgspec.json.decode(publication.readdressed(file.read_text(encoding="utf-8")))
        yield _with_translations(form, catalogues)


def _with_translations(value: Any, catalogues: Sequence[Catalogue]) -> Any:
    """Every text with its translations beside it, as the FHIR extension `translation` has them."""
    if isinstance(value, list):
        return [_with_translations(one, catalogues) for one in value]
    if not isinstance(value, dict):
        return value
    members = {key: _with_translations(one, catalogues) for key, one in value.items()}
    for key in _SHOWN:
        if isinstance(text := value.get(key), str) and (said := list(_translations(text, catalogues))):
            members[f"_{key}"] = {"extension": said}
    return members


def _translations(text: str, catalogues: Sequence[Catalogue]) -> Iterator[dict[str, Any]]:
    for catalogue in catalogues:
        if catalogue.knows(text):
            parts = [
                {"url": "lang", "valueCode": catalogue.tag},
                {"url": "content", "valueString": catalogue.say(text)},
            ]
            yield {"url": _TRANSLATION, "extension": parts}
