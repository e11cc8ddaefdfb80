"""Measure, print, and write BENCHMARKS.md."""

import json
import socket
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import bodies, contender, report, stages, timing
from cds_service import knowledge, memory
from cds_service.knowledge import Knowledge

SIZES = (10_000, 100_000, 1_000_000)  # bytes of prefetch
VISITS = {report.QUIET: bodies.QUIET, report.SORE: bodies.SORE}
STARTS = 5
STAGE_RUNS = 101
BENCHMARKS = Path(__file__).resolve().parent.parent / "BENCHMARKS.md"


def main() -> None:
    """Run everything; takes about two minutes."""
    rules = knowledge.load()
    memory.settle()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        contenders = {name: contender.Contender(name) for name in contender.NAMES}
        for one in contenders.values():
            stack.callback(one.end)
        rows = [
            measure(visit, bodies.hook_request(size, patient), contenders, rules, folder)
            for size in SIZES
            for visit, patient in VISITS.items()
        ]
    start_ups = [timing.start_up_seconds(free_port()) for _ in range(STARTS)]
    text = report.write(rows, start_ups, rounds=timing.ROUNDS)
    print(text)
    BENCHMARKS.write_text(text)


def measure(
    visit: str, body: bytes, contenders: dict[str, contender.Contender], rules: Knowledge, folder: Path
) -> report.Row:
    """One row of the table."""
    file = folder / "body.json"
    file.write_bytes(body)
    prefetch = json.loads(body)["prefetch"]
    size = len(json.dumps(prefetch, separators=(",", ":"), ensure_ascii=False).encode())
    resources = sum(len(value.get("entry", [value])) for value in prefetch.values() if value)
    _, cards = contenders[contender.OURS].answer(file, 1)
    times = timing.in_turn({name: partial(_seconds, one, file) for name, one in contenders.items()})
    took = stages.stage_milliseconds(body, rules, STAGE_RUNS)
    return report.Row(visit, size, resources, cards, **times, stages=took)


def _seconds(one: contender.Contender, body: Path, calls: int) -> float:
    return one.answer(body, calls)[0]


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
