"""Numbers of lines, counted only where one of them is asked for."""

from collections.abc import Callable

from cds_service.batch.streams import Chunks

_NEWLINE = b"\n"


class Numbering:
    """How many lines were passed. Counting them costs a tenth of looking at them, and few are asked for.

    `again` gives the same pieces once more; without it every line is counted as it passes.
    """

    def __init__(self, again: Callable[[], Chunks] | None) -> None:
        self._again = again
        self._counted = 0
        self._counted_to = 0  # bytes
        self._position = 0

    def skip(self, block: bytes) -> None:
        """Lines that nobody asks about were passed."""
        self._position += len(block)
        if self._again is None:
            self._count(block)

    def before(self, block: bytes) -> int:
        """How many lines come before a block, which is passed with this. Raises `OSError`."""
        if self._again is not None and self._counted_to < self._position:
            self._catch_up(self._again())
        found = self._counted
        self._position += len(block)
        self._count(block)
        return found

    def _count(self, block: bytes) -> None:
        self._counted += block.count(_NEWLINE)
        self._counted_to = self._position

    def _catch_up(self, chunks: Chunks) -> None:
        start = 0
        for chunk in chunks:
            end = min(start + len(chunk), self._position)
            if end > self._counted_to:
                wanted = slice(max(self._counted_to - start, 0), end - start)
                self._counted += chunk[wanted].count(_NEWLINE)
                self._counted_to = end
            start += len(chunk)
            if start >= self._position:
                return


def count_lines(chunks: Chunks) -> int:
    """How many lines some pieces hold. Raises `OSError`."""
    return sum(chunk.count(_NEWLINE) for chunk in chunks)
