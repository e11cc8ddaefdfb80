"""The configuration as commands take it: `--config FILE`, or what LEG_CDS_CONFIG names."""

import difflib
import os
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from cds_service.knowledge import Knowledge

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file (YAML).  [default: what LEG_CDS_CONFIG names, if anything]",
)


def read_configuration(config: Path | None, **chosen: object) -> Settings:
    """The settings of file, environment and options; `SettingsError` with all that is wrong."""
    return read_settings(os.environ, file=config, **chosen)


def load_knowledge(settings: Settings) -> "Knowledge":
    """The rules as the settings want them.

    Raises `SettingsError` for services and languages that do not exist, and for extras that are not
    installed.
    """
    from cds_service.knowledge import DEFAULT_BASE, load

    knowledge = load(settings.knowledge.overlays, base=settings.knowledge.base or DEFAULT_BASE)
    unknown = [*_unknown_services(settings, knowledge), *_unknown_languages(settings)]
    if problems := [*unknown, *_missing_extras(settings)]:
        raise SettingsError(problems)
    return knowledge


def _unknown_services(settings: Settings, knowledge: "Knowledge") -> Iterator[str]:
    for index, issuer in enumerate(settings.issuers):
        for service in issuer.services:
            if service not in knowledge.services:
                known = _right(service, knowledge.services)
                yield f"issuers[{index}].services: there is no service {service!r}; {known}"


def _unknown_languages(settings: Settings) -> Iterator[str]:
    from cds_service.knowledge.files import cards_dir
    from cds_service.knowledge.language import catalogue_of, languages

    tags = languages(cards_dir())
    for index, issuer in enumerate(settings.issuers):
        if issuer.language and catalogue_of(issuer.language, tags) is None:
            known = _right(issuer.language, tags)
            yield f"issuers[{index}].language: there are no texts in {issuer.language!r}; {known}"


def _right(given: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"


def _missing_extras(settings: Settings) -> Iterator[str]:
    if settings.database.url.startswith("postgresql") and find_spec("psycopg") is None:
        yield "database.url: PostgreSQL needs the extra postgres; pip install 'leg-soreness-cds[postgres]'"
    if settings.features.tracing and find_spec("opentelemetry") is None:
        yield "features.tracing: needs the extra otel; pip install 'leg-soreness-cds[otel]'"
