"""`leg-cds check-config`: what a configuration file says, or all that is wrong with it."""

from pathlib import Path

import click

from cds_service.cli._configuration import load_knowledge, read_configuration
from cds_service.settings import Settings, SettingsError


@click.command("check-config")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def check_config(file: Path | None) -> None:
    """Check a configuration as `leg-cds serve` would, without starting anything.

    FILE is the YAML file; without it the one LEG_CDS_CONFIG names. The environment counts too. Exit
    code 2 with everything that is wrong, 0 when it is valid; `leg-cds database check` looks at the store.
    """
    from cds_service.ehr.key_fetch import key_file_problems

    settings = read_configuration(file)
    knowledge = load_knowledge(settings)
    if problems := list(key_file_problems(settings)):
        raise SettingsError(problems)
    for line in _summary(settings):
        click.echo(line)
    click.echo(f"rules: {knowledge.version}, services: {', '.join(knowledge.services)}")
    click.echo("The configuration is valid.")


def _summary(settings: Settings) -> list[str]:
    callers = [
        f"issuer {issuer.name}: keys of {issuer.jwks_file or issuer.jku}, "
        f"FHIR servers: {', '.join(server.base for server in issuer.fhir_servers) or 'none'}"
        for issuer in settings.issuers
    ]
    store = settings.database.url.partition(":")[0] or "a file in a temporary folder"
    metrics = f"{settings.metrics.host} port {settings.metrics.port}" if settings.metrics else "off"
    return [
        f"profile: {settings.profile}, listening on {settings.server.host} port {settings.server.port}",
        f"answering as: {settings.public_base_url or 'any address'}",
        *(callers or ["callers: nobody is authenticated"]),
        f"store: {store}; metrics: {metrics}",
    ]
