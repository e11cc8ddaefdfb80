"""`leg-cds serve`: answer CDS Hooks calls."""

import os
import socket
from functools import partial

import click

from cds_service.settings import Settings, read_settings


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one.  [default: 5000]")
@click.option("--workers", type=int, help="Processes.  [default: 2]")
@click.option("--threads", type=int, help="Threads a process.  [default: 32]")
def serve(host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Answer CDS Hooks calls until stopped (Ctrl-C).

    Without any configuration this is the sandbox profile: only this machine can call, nobody is
    authenticated, and browser pages on loopback and the public CDS Hooks Sandbox are admitted. Every
    option can also be set as LEG_CDS_<NAME> in the environment.
    """
    settings = read_settings(os.environ, host=host, port=port, workers=workers, threads=threads)
    _check_address(settings)
    from cds_service.knowledge import DEFAULT_BASE, load
    from cds_service.web import create_app
    from cds_service.web.log import configure
    from cds_service.web.server import HookServer
    from cds_service.web.warm import warm_up

    configure()
    knowledge = load(settings.overlays, base=settings.base or DEFAULT_BASE)
    app = create_app(knowledge, settings)
    HookServer(app, settings, _announce, partial(warm_up, knowledge)).run()


def _check_address(settings: Settings) -> None:
    if not settings.on_loopback and not settings.allow_open:
        raise click.UsageError(
            f"--host {settings.host} lets other machines call, and this profile authenticates nobody. "
            "Keep the default (127.0.0.1); or, where a proxy in front authenticates callers and adds TLS, "
            "set LEG_CDS_ALLOW_OPEN=true."
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            where = f"{settings.host} port {settings.port}"
            text = f"cannot listen on {where}: {error.strerror}. Try another --port."
            raise click.UsageError(text) from error


def _announce(url: str) -> None:
    click.echo(f"Ready: {url}/cds-services")
