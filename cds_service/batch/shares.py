"""Records of patients on disk between being found and being read: every patient's in one partition."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

_HELD = 1 << 25  # bytes of records in memory before they are written
_encoder = msgspec.msgpack.Encoder()


class Share(Struct, frozen=True, array_like=True, gc=False):
    """What one document or line holds of one patient, and how many entries of it should be read."""

    number: int
    source: str
    held: int
    raw: bytes


class Slice(Struct, frozen=True, array_like=True, gc=False):
    """Bytes of a file that hold shares of one partition."""

    partition: int
    file: str
    start: int
    end: int


_decode = msgspec.msgpack.Decoder(list[Share]).decode


class ShareWriter:
    """Writes the shares one errand brings into a file of its own, which it begins anew."""

    def __init__(self, path: Path, partitions: int) -> None:
        self.slices: list[Slice] = []
        self._path = path
        self._partitions = partitions
        self._held: dict[int, list[Share]] = defaultdict(list)
        self._size = 0

    def add(self, share: Share) -> None:
        """Take a share."""
        self._held[share.number % self._partitions].append(share)
        self._size += len(share.raw)
        if self._size > _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        with self._path.open("ab" if self.slices else "wb") as file:
            for partition, shares in sorted(self._held.items()):
                start = file.tell()
                file.write(_encoder.encode(shares))
                self.slices.append(Slice(partition, str(self._path), start, file.tell()))
        self._held.clear()
        self._size = 0


def read_slices(slices: Iterable[Slice]) -> list[Share]:
    """The shares in some slices, in their order. Raises `OSError`."""
    shares: list[Share] = []
    for part in slices:
        with Path(part.file).open("rb") as file:
            file.seek(part.start)
            shares += _decode(file.read(part.end - part.start))
    return shares
