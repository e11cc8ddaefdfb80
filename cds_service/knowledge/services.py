"""`cards/services.yaml`: the CDS services, their texts and the prefetch they ask for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from cds_service.knowledge.labs import Labs
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml
from cds_service.yaml_text import Place

Text = Annotated[str, msgspec.Meta(min_length=1)]
_UrlSegment = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]+$")]
_CODES = re.compile(r"\{\{codes:([^}]*)\}\}")


class ServiceDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One CDS service, named as on the wire; `cards` None means that it may return any card."""

    id: _UrlSegment
    hook: Text
    title: Text
    description: Text
    usage_requirements: Text
    cards: frozenset[str] | None = None
    prefetch: dict[str, Text] = {}


class _Document(msgspec.Struct):
    prefetch: dict[str, Text]
    services: list[dict[str, object]]


def load_services(cards: Path, labs: Labs) -> dict[str, ServiceDefinition]:
    """The services by id, with `{{codes: ...}}` in the templates spelt out from the vocabulary.

    Raises `KnowledgeError` naming the line of a missing or unknown member, or an unknown analyte.
    """
    source = read_yaml(cards / "services.yaml")
    document = typed(source, (), source.data, _Document)
    prefetch = {
        key: _expand(source, ("prefetch", key), template, labs) for key, template in document.prefetch.items()
    }
    services: dict[str, ServiceDefinition] = {}
    for index, entry in enumerate(document.services):
        service = typed(source, ("services", index), entry, ServiceDefinition)
        if service.id in services:
            raise source.error(
                ("services", index, "id"), f"{service.id!r} is taken; give it an id of its own"
            )
        services[service.id] = msgspec.structs.replace(service, prefetch=prefetch)
    return services


def _expand(source: Source, path: Place, template: str, labs: Labs) -> str:
    return _CODES.sub(lambda match: ",".join(_spell_out(source, path, match[1], labs)), template)


def _spell_out(source: Source, path: Place, words: str, labs: Labs) -> Iterator[str]:
    for word in map(str.strip, words.split(",")):
        if word not in labs.analytes:
            raise source.error(path, f"no analyte {word!r}{near_miss(word, labs.analytes)}")
        yield from (f"{system}|{code}" for (system, code), lab in labs.codes.items() if lab.analyte == word)
