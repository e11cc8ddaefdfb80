"""The page with the figures of all processes, on an address of its own.

It is answered by a thread of the process that starts the others, so that it answers when they do not.
"""

import os

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from cds_service.settings import Metrics

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which processes add up their figures; read when `prometheus_client` is imported."""


def start(metrics: Metrics) -> str:
    """Answer Prometheus from now on; returns the address."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    server, _thread = start_http_server(metrics.port, metrics.host, registry)
    return f"http://{metrics.host}:{server.server_port}/metrics"


def forget_process(process: int) -> None:
    """Leave out the present state of a worker that ended; what it counted still counts."""
    if FOLDER in os.environ:
        mark_process_dead(process)  # type: ignore[no-untyped-call]
