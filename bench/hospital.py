"""What a hospital's calls cost: `python -m bench.hospital` writes docs/benchmarks-hospital.md.

Latency of the real server with a complete prefetch, with two keys fetched from a FHIR server that takes
150 ms, and with signed callers; and the CPU time of authentication, audit and de-duplication a call.
"""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cds_service
from bench import bodies, hospital_cpu
from bench.load import Load, press
from cds_service.settings import Settings
from tests.support.processes import running
from tests.support.service import serving
from tests.support.signing import BASE, ISS, good_token, key_set

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-hospital.md"
PREFETCH = 100_000  # bytes
CALLS = {1: 200, 8: 600, 64: 1200}  # by callers at a time
WITHHELD = ("labs", "conditions")
LACKING = b"laboratory results: not supplied"
MOST_CPU = 3.0  # ms a call
ACCESS = {
    "access_token": "t",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "s",
}
PLENTY = {"per_second": 10_000, "burst": 100_000}

HEAD = """\
# What a hospital's calls cost

Printed by `python -m bench.hospital` on {date}: version {version}, Python {python}, {cores} cores, {machine}.

## Latency

`leg-cds serve` with two workers of 32 threads; the callers run on the same cores and share them. A call
is about one synthetic patient with an open gate and {size} KB of prefetch; times are milliseconds seen
by the caller, each on a connection it keeps. A process reviews at most {in_flight} patients at a time,
more callers are refused at once; an answer is incomplete where its card says that the withheld results
were not supplied.

| calls | callers | p50 | p95 | p99 | calls/s | refused (503) | incomplete |
|---|---:|---:|---:|---:|---:|---:|---:|
"""
CPU = """
## CPU of authentication, audit and de-duplication

CPU milliseconds a call from body to response, the services in turn within one process, every thread of it
counted; the median of {rounds} rounds. The store is SQLite, the token ES384, a fresh one for each call, and
every call is about another patient.

| service | CPU ms | more than the first |
|---|---:|---:|
"""


def main() -> None:
    """Measure, print, write; takes some minutes."""
    body = bodies.hook_request(PREFETCH)
    lines = [_head(body)]
    for name, start in STARTS.items():
        lines.extend(_latencies(name, start, json.loads(body)))
    lines.append(CPU.format(rounds=hospital_cpu.ROUNDS))
    lines.extend(_cpu_rows(hospital_cpu.measure(body)))
    print("".join(lines))
    PAGE.write_text("".join(lines))


def _latencies(name: str, start: "Start", body: dict[str, Any]) -> Iterator[str]:
    """A row for each number of callers at one service."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder), body) as (url, sent, head):
        for callers, calls in CALLS.items():
            headers = [head() for _ in range(calls)]
            load = press(urlsplit(url).netloc, json.dumps(sent).encode(), headers, callers, LACKING)
            yield _row(name, load)


def _head(body: bytes) -> str:
    return HEAD.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        version=cds_service.__version__,
        python=platform.python_version(),
        cores=os.cpu_count(),
        machine=platform.machine(),
        size=round(len(body) / 1000),
        in_flight=Settings().in_flight,
    )


def _row(name: str, load: Load) -> str:
    shares = " | ".join(f"{load.percentile(percent):.0f}" for percent in (50, 95, 99))
    counts = f"{load.refused} | {load.incomplete}"
    return f"| {name} | {load.callers} | {shares} | {load.per_second:.0f} | {counts} |\n"


def _cpu_rows(found: hospital_cpu.Measured) -> Iterator[str]:
    first = next(iter(found.calls.values()))
    for name, spent in found.calls.items():
        yield f"| {name} | {spent:.2f} | {spent - first:.2f} |\n"
    more = list(found.calls.values())[-1] - first
    floors = [f"{spent:.2f} ms for {name}" for name, spent in found.signatures.items()]
    yield f"\nOf it the check of the signature alone takes, in the same run, {' and '.join(floors)}.\n"
    yield f"\nTarget: together less than {MOST_CPU:g} ms. Measured: {more:.2f} ms, "
    yield "met.\n" if more < MOST_CPU else "missed.\n"


Started = tuple[str, dict[str, Any], Callable[[], dict[str, str]]]
"""Where the service answers, the body of a call, and the headers of the next."""
Start = Callable[[Path, dict[str, Any]], AbstractContextManager[Started]]
"""Starts a service whose files are in a folder."""


@contextmanager
def _open(folder: Path, body: dict[str, Any]) -> Iterator[Started]:
    with serving(folder, _settings(folder)) as service:
        yield service.url, body, repeat({"Content-Type": "application/json"}).__next__


@contextmanager
def _slow(folder: Path, body: dict[str, Any]) -> Iterator[Started]:
    """Two keys withheld, and a FHIR server in a process of its own that has them after 150 ms."""
    file = folder / "resources.json"
    entries = [entry for key in WITHHELD for entry in body["prefetch"][key]["entry"]]
    file.write_text(json.dumps([entry["resource"] for entry in entries]))
    kept = {key: value for key, value in body["prefetch"].items() if key not in WITHHELD}
    with ExitStack() as stack:
        module = "tests.support.stub_fhir_server"
        fhir = stack.enter_context(running(module, [str(file), "-"], folder / "fhir.txt"))
        base = f"{fhir}/slow/all"
        servers = [{"base": base, "private_network": True}]
        service = stack.enter_context(serving(folder, _settings(folder) | {"fhir_servers": servers}))
        sent = body | {"prefetch": kept, "fhirServer": base, "fhirAuthorization": ACCESS}
        yield service.url, sent, repeat({"Content-Type": "application/json"}).__next__


@contextmanager
def _signed(folder: Path, body: dict[str, Any]) -> Iterator[Started]:
    """Callers with a token each, checked, remembered and written into the audit trail."""
    (folder / "keys.json").write_bytes(key_set())
    issuer = {"name": "ehr", "iss": ISS, "jwks_file": "keys.json"} | PLENTY
    chosen = _settings(folder) | {"public_base_url": BASE, "issuers": [issuer]}

    def head() -> dict[str, str]:
        token = good_token(time.time(), exp=int(time.time()) + 3000)
        return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    with serving(folder, chosen) as service:
        yield service.url, body, head


def _settings(folder: Path) -> dict[str, Any]:
    return {"server": {"workers": 2, "threads": 32}, "database": {"url": f"sqlite:///{folder / 'store.db'}"}}


STARTS: dict[str, Start] = {
    "complete prefetch": _open,
    "two keys fetched, 150 ms each": _slow,
    "signed callers": _signed,
}

if __name__ == "__main__":
    main()
