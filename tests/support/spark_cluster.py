"""A standalone Spark cluster on loopback: a master and workers of one core each, every one with a log."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_BOUND = 60  # seconds


class Cluster(NamedTuple):
    """The address of a master, and where its workers keep what they do and say."""

    address: str
    folder: Path


@contextmanager
def standalone_cluster(folder: Path, environment: Mapping[str, str], *, workers: int) -> Iterator[Cluster]:
    """A cluster that is gone when the block ends; worker N works in `folder`/workN."""
    port = free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        begin = daemon(stack, folder, environment)
        log = begin("master.Master", "--port", str(port), "--webui-port", str(free_port()))
        await_line(log, "I have been elected leader")
        for number in range(workers):
            begin(
                "worker.Worker", "--cores", "1", "--memory", "1g", "--webui-port", str(free_port()),
                "--work-dir", str(folder / f"work{number}"), address,
            )  # fmt: skip
        await_line(log, "Registering worker", times=workers)
        yield Cluster(address, folder)


def spark_home() -> Path:
    """Where PySpark keeps Spark."""
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def daemon(stack: ExitStack, folder: Path, environment: Mapping[str, str]) -> Callable[..., Path]:
    """Begins parts of the cluster, each with a log of its own; all are ended with the stack."""
    runner = str(spark_home() / "bin/spark-class")

    def begin(name: str, *options: str) -> Path:
        log = folder / f"{name}-{time.monotonic_ns()}.log"
        out = stack.enter_context(log.open("wb"))
        command = [runner, f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", *options]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
        stack.callback(end_group, process)
        return log

    return begin


def end_group(process: subprocess.Popen[bytes]) -> None:
    """A worker is asked first, so that it ends its executors."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def await_line(log: Path, text: str, *, times: int = 1) -> None:
    until = time.monotonic() + _BOUND
    while log.read_text(errors="replace").count(text) < times:
        assert time.monotonic() < until, log.read_text(errors="replace")
        time.sleep(0.1)
