"""A place to try the service: an EHR in the browser, with synthetic patients, on loopback only.

Three parts talk over HTTP as in a hospital: the service, in a process of its own; the EHR's FHIR and
authorization servers; and the EHR's pages, which reach the service only through CDS Hooks.
"""

import socket
from collections.abc import Callable

from werkzeug.serving import WSGIRequestHandler, make_server

from cds_service.demo.addresses import Addresses
from cds_service.demo.app import create_ehr
from cds_service.demo.service import ServiceNotStarted, free_port, running_service, service_for
from cds_service.fixtures import patients

__all__ = ["ServiceNotStarted", "listen", "run_demo_ehr", "running_service"]

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """No line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def listen(port: int) -> socket.socket:
    """A socket that listens on loopback; port 0 is a free one. Raises `OSError` when the port is taken."""
    return socket.create_server((HOST, port))


def run_demo_ehr(listener: socket.socket, announce: Callable[[str, str], None]) -> None:
    """Serve the demo until KeyboardInterrupt; then all parts are ended.

    `announce` is called once everything answers, with the addresses of the EHR page and of the service.
    Raises `ServiceNotStarted`.
    """
    port = listener.getsockname()[1]
    addresses = Addresses(f"http://{HOST}:{port}", f"http://{HOST}:{free_port()}")
    app = create_ehr(patients(), addresses)
    server = make_server(HOST, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())
    try:
        with service_for(addresses) as service:
            announce(addresses.ehr, service)
            server.serve_forever()
    finally:
        server.server_close()
