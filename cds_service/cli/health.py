"""`leg-cds health`: whether a service on this machine is ready, for container health checks."""

import http.client
import sys
from http import HTTPStatus

import click


@click.command()
@click.option("--port", type=int, default=5000, show_default=True, help="Port of the service.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the service.")
def health(port: int, host: str) -> None:
    """Exit 0 if the service is ready, 1 if not."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz/ready")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        click.echo(f"not ready: {type(error).__name__} from {host} port {port}", err=True)
        sys.exit(1)
    finally:
        connection.close()
    if status != HTTPStatus.OK:
        click.echo(f"not ready: HTTP {status} from {host} port {port}", err=True)
        sys.exit(1)
    click.echo("ready")
