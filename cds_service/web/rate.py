"""Token buckets: how often somebody may call, with a burst allowed."""

import threading
import time
from collections import OrderedDict

_MOST_PEERS = 10_000  # remembered; whoever has not called for longest is forgotten


class Bucket:
    """Holds up to `burst` permits and gains `per_second` of them. Times are seconds of one clock."""

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._permits = float(burst)
        self._counted = now

    def take(self, now: float) -> float:
        """Take a permit: 0.0, or the seconds until there is one."""
        self._permits = min(self._burst, self._permits + (now - self._counted) * self._per_second)
        self._counted = now
        if self._permits < 1:
            return (1 - self._permits) / self._per_second
        self._permits -= 1
        return 0.0

    def give_back(self) -> None:
        """Return a permit that was taken."""
        self._permits = min(self._burst, self._permits + 1)


class Rates:
    """The buckets of all who call, by name."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, per_second: float, burst: int) -> float:
        """Take a permit of `name`: 0.0, or the seconds until there is one."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = Bucket(per_second, burst, now)
                if len(self._buckets) > _MOST_PEERS:
                    self._buckets.popitem(last=False)
            self._buckets.move_to_end(name)
            return bucket.take(now)

    def give_back(self, name: str) -> None:
        """Return the permit that `name` took last: it turned out to need none."""
        with self._lock:
            if bucket := self._buckets.get(name):
                bucket.give_back()
