"""`leg-cds health`: whether a service on this machine is live and ready, for container health checks."""

import http.client
import sys
from http import HTTPStatus

import click

_SECONDS = 3.0


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Port of the service."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the service.")
def health(port: int, host: str) -> None:
    """Exit 0 if the service is live and ready, 1 if not."""
    for state in ("live", "ready"):
        wrong = _ask(host, port, state)
        if wrong:
            click.echo(f"not {state}: {wrong} from {host} port {port}", err=True)
            sys.exit(1)
    click.echo("ready")


def _ask(host: str, port: int, state: str) -> str:
    """What is wrong with the answer, "" when nothing is."""
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", f"/healthz/{state}")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return "" if status == HTTPStatus.OK else f"HTTP {status}"
