"""`leg-cds serve`: answer CDS Hooks calls."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli._configuration import config_option, load_knowledge, read_configuration
from cds_service.cli._figures import shared_figures
from cds_service.cli._store import store_told
from cds_service.settings import Settings

if TYPE_CHECKING:
    from cds_service.store import Store


@click.command()
@config_option
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one.  [default: 5000]")
@click.option("--workers", type=int, help="Processes.  [default: 2]")
@click.option("--threads", type=int, help="Threads a process.  [default: 32]")
def serve(
    config: Path | None, host: str | None, port: int | None, workers: int | None, threads: int | None
) -> None:
    """Answer CDS Hooks calls until stopped (Ctrl-C).

    Without any configuration this is the sandbox profile: only this machine can call, nobody is
    authenticated, browser pages on loopback and the public CDS Hooks Sandbox are admitted, and what is
    stored is gone at the end. docs/reference/configuration.md says what can be chosen, in a file, as
    LEG_CDS_<NAME> in the environment, or as an option here.
    """
    settings = read_configuration(config, host=host, port=port, workers=workers, threads=threads)
    settings = _check_addresses(settings)
    with ExitStack() as stack:
        if settings.metrics:
            stack.enter_context(shared_figures())
        _run(settings, stack)


def _run(settings: Settings, stack: ExitStack) -> None:
    from cds_service.web import create_app
    from cds_service.web.log import configure
    from cds_service.web.process import Process
    from cds_service.web.server import HookServer

    log = configure()
    knowledge = load_knowledge(settings)
    store = stack.enter_context(_opened_store(settings))
    process = Process(knowledge, settings, store, log)
    HookServer(create_app(knowledge, settings, process=process), settings, process, click.echo).run()


@contextmanager
def _opened_store(settings: Settings) -> "Iterator[Store | None]":
    """The store of the settings; where they name none, one that lasts as long as the service does."""
    from cds_service.cli._passing_store import passing_database
    from cds_service.store import open_store
    from cds_service.web.metrics import observe_commit

    with ExitStack() as stack:
        database = settings.database
        if not database.url:
            found = stack.enter_context(passing_database())
            if found is None:
                yield None
                return
            database = found
        with store_told():
            store = open_store(database, create=settings.profile == "sandbox", observe=observe_commit)
        yield store


def _check_addresses(settings: Settings) -> Settings:
    """The settings with the port that was picked where they leave it open: cards name our address."""
    server = settings.server
    if not settings.on_loopback and not settings.issuers and not server.allow_open:
        raise click.UsageError(
            f"--host {server.host} lets other machines call, and nobody is authenticated. "
            "Keep the default (127.0.0.1); or name issuers in a configuration file; or, where a proxy in "
            "front authenticates callers and adds TLS, set LEG_CDS_ALLOW_OPEN=true."
        )
    port = _check_address(server.host, server.port, "Try another --port.")
    if settings.metrics:
        _check_address(settings.metrics.host, settings.metrics.port, "Try another LEG_CDS_METRICS_PORT.")
    return settings.model_copy(update={"server": server.model_copy(update={"port": port})})


def _check_address(host: str, port: int, hint: str) -> int:
    """The port, or a free one for 0, which can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            text = f"cannot listen on {host} port {port}: {error.strerror}. {hint}"
            raise click.UsageError(text) from error
        return int(probe.getsockname()[1])
