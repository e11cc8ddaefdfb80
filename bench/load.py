"""Latency of a real server: so many callers at a time, each on a connection it keeps open."""

import http.client
import math
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

PATIENCE = 60.0  # s
PATH = "/cds-services/leg-soreness"


class Load(NamedTuple):
    """What came of the calls of `callers` at a time: latencies in ms, sorted; how many were what."""

    callers: int
    seconds: float
    milliseconds: list[float]
    refused: int
    incomplete: int

    @property
    def per_second(self) -> float:
        """Answered calls."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of the answers came."""
        return self.milliseconds[math.ceil(len(self.milliseconds) * percent / 100) - 1]


def press(netloc: str, body: bytes, headers: Sequence[dict[str, str]], callers: int, lacking: bytes) -> Load:
    """Send the body once with each of the headers; an answer with the words `lacking` is incomplete."""
    waiting = list(headers)
    times: list[float] = []
    counts = {"refused": 0, "incomplete": 0}
    lock = threading.Lock()

    def call() -> None:
        connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
        while True:
            with lock:
                if not waiting:
                    break
                chosen = waiting.pop()
            begun = time.perf_counter()
            connection.request("POST", PATH, body, chosen)
            answer = connection.getresponse()
            said = answer.read()
            took = (time.perf_counter() - begun) * 1000
            with lock:
                if answer.status == http.HTTPStatus.OK:
                    times.append(took)
                    counts["incomplete"] += bool(lacking) and lacking in said
                else:
                    counts["refused"] += 1
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(callers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(callers, time.perf_counter() - begun, sorted(times), **counts)
