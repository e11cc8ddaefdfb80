"""`leg-cds export-fhir`: the knowledge as FHIR R4 files."""

from collections.abc import Mapping
from pathlib import Path

import click

from cds_service.cli import USAGE
from cds_service.cli._configuration import config_option, load_knowledge, read_configuration


@click.command("export-fhir")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@config_option
@click.pass_context
def export_fhir(ctx: click.Context, folder: Path, config: Path | None) -> None:
    """Write the rules and their vocabulary as FHIR R4 resources into FOLDER, one file each.

    PlanDefinition, Library, ActivityDefinition, ValueSet, CodeSystem, Questionnaire; each is validated
    before it is written. Their addresses begin with `knowledge.base` of the configuration.
    """
    from cds_service.artifacts import artifacts_of
    from cds_service.knowledge.files import cards_dir

    artifacts = artifacts_of(load_knowledge(read_configuration(config)), cards_dir())
    try:
        _write(folder, artifacts)
    except OSError as error:
        click.echo(f"{error.filename or folder}: {error.strerror}; nothing more was written", err=True)
        ctx.exit(USAGE)
    click.echo(f"{len(artifacts)} resources written to {folder}.")


def _write(folder: Path, artifacts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for reference, text in artifacts.items():
        (folder / f"{reference.replace('/', '-')}.json").write_text(text + "\n", encoding="utf-8")
