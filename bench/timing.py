"""CPU time of what takes turns, so that a busy moment of the machine hits all of it."""

import gc
import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

ROUNDS = 15
SLICE = 0.05  # seconds of CPU a contender gets in a round, at least one call
READY_WITHIN = 30.0  # seconds


def cpu_milliseconds(contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """CPU milliseconds a call, the median of the rounds, for each contender in this process."""
    return in_turn({name: partial(cpu_seconds, call) for name, call in contenders.items()})


def in_turn(contenders: Mapping[str, Callable[[int], float]]) -> dict[str, float]:
    """The same for contenders that say themselves how many CPU seconds so many calls took."""
    calls = {name: _calls_a_slice(measure) for name, measure in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, measure in contenders.items():
            times[name].append(measure(calls[name]) / calls[name])
    return {name: statistics.median(values) * 1000 for name, values in times.items()}


def _calls_a_slice(measure: Callable[[int], float]) -> int:
    measure(1)  # the first call fills caches
    return max(1, round(SLICE / max(measure(1), 1e-6)))


def cpu_seconds(call: Callable[[], object], times: int) -> float:
    """CPU seconds of so many calls."""
    gc.collect()  # nobody pays for the waste of the one before; collection stays on, as in production
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def start_up_seconds(port: int) -> float:
    """Seconds from starting the service's process to its first answer to discovery."""
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            while not _answers(port):
                if service.poll() is not None or time.perf_counter() - start > READY_WITHIN:
                    raise RuntimeError(f"`leg-cds serve --port {port}` did not come up; run it to see why")
                time.sleep(0.005)
            return time.perf_counter() - start
        finally:
            service.terminate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN)
    try:
        connection.request("GET", "/cds-services")
        return connection.getresponse().status == http.HTTPStatus.OK
    except ConnectionError:
        return False
    finally:
        connection.close()
