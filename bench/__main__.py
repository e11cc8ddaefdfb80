"""Measure, print, and write BENCHMARKS.md."""

import json
import socket
from functools import partial
from pathlib import Path

from bench import bodies, report, services, stages, timing
from cds_service import knowledge, memory
from cds_service.knowledge import Knowledge

SIZES = (10_000, 100_000, 1_000_000)  # bytes of prefetch
STARTS = 5
STAGE_RUNS = 101
BENCHMARKS = Path(__file__).resolve().parent.parent / "BENCHMARKS.md"


def main() -> None:
    """Run everything; takes about a minute."""
    posts = {
        "ours": services.ours(),
        "parse_only": services.parse_only(),
        "parse_and_validate": services.parse_and_validate(),
    }
    memory.settle()  # as `leg-cds serve` does once the rules are loaded
    requests = [bodies.hook_request(size) for size in SIZES]
    cards = {len(json.loads(posts["ours"](body))["cards"]) for body in requests}
    if len(cards) != 1 or cards == {0}:
        raise RuntimeError(f"the filler must not change the cards; their numbers are {cards}")
    rules = knowledge.load()
    rows = [measure(body, posts, rules) for body in requests]
    start_ups = [timing.start_up_seconds(free_port()) for _ in range(STARTS)]
    text = report.write(rows, start_ups, cards=cards.pop(), rounds=timing.ROUNDS)
    print(text)
    BENCHMARKS.write_text(text)


def measure(body: bytes, posts: dict[str, services.Post], rules: Knowledge) -> report.Row:
    """One row of the table."""
    prefetch = json.loads(body)["prefetch"]
    size = len(json.dumps(prefetch, separators=(",", ":"), ensure_ascii=False).encode())
    resources = sum(len(value.get("entry", [value])) for value in prefetch.values() if value)
    times = timing.cpu_milliseconds({name: partial(post, body) for name, post in posts.items()})
    took = stages.stage_milliseconds(body, rules, STAGE_RUNS)
    return report.Row(size, resources, **times, stages=took)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
