"""Records of patients on disk between being found and being read: every patient's in one partition."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cds_service.batch.bounds import BY_ITSELF, RECORDS_ON_THEIR_WAY

_encoder = msgspec.msgpack.Encoder()


class Slice(Struct, frozen=True, array_like=True, gc=False):
    """Bytes of a file that hold shares of one partition, or what is large of one share."""

    partition: int
    file: str
    start: int
    end: int


class Share(Struct, frozen=True, array_like=True, gc=False):
    """What one document or line holds of one patient, and how many entries of it should be read.

    What is large stays on the disk, `apart`, until `content` is asked for.
    """

    number: int
    source: str
    held: int
    raw: bytes
    apart: Slice | None = None

    def content(self) -> bytes:
        """The JSON text of it. Raises `OSError`."""
        return self.raw if self.apart is None else _read(self.apart)

    def in_hand(self) -> "Share":
        """The same with nothing left on this disk, for the way to another. Raises `OSError`."""
        return self if self.apart is None else replace(self, raw=self.content(), apart=None)


_decode = msgspec.msgpack.Decoder(list[Share]).decode


class ShareWriter:
    """Writes the shares one errand brings into a file of its own, which it begins anew."""

    def __init__(self, path: Path, partitions: int) -> None:
        self.slices: list[Slice] = []
        self._path = path
        self._partitions = partitions
        self._held: dict[int, list[Share]] = defaultdict(list)
        self._size = 0
        self._begun = False

    def add(self, share: Share) -> None:
        """Take a share."""
        partition = share.number % self._partitions
        if len(share.raw) > BY_ITSELF:
            with self._opened() as file:
                apart = self._write(file, partition, share.raw)
            share = replace(share, raw=b"", apart=apart)
        self._held[partition].append(share)
        self._size += len(share.raw)
        if self._size > RECORDS_ON_THEIR_WAY:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        with self._opened() as file:
            for partition, shares in sorted(self._held.items()):
                self.slices.append(self._write(file, partition, _encoder.encode(shares)))
        self._held.clear()
        self._size = 0

    def mark(self) -> int:
        """Where `go_back` goes back to."""
        self.flush()
        return len(self.slices)

    def go_back(self, mark: int) -> None:
        """Forget the shares that came after a mark."""
        del self.slices[mark:]
        self._held.clear()
        self._size = 0

    def _opened(self) -> BinaryIO:
        return self._path.open("ab" if self._begun else "wb")

    def _write(self, file: BinaryIO, partition: int, content: bytes) -> Slice:
        self._begun = True
        start = file.tell()
        file.write(content)
        return Slice(partition, str(self._path), start, file.tell())


def read_slices(slices: Iterable[Slice]) -> list[Share]:
    """The shares in some slices, in their order. Raises `OSError`."""
    shares: list[Share] = []
    for part in slices:
        shares += _decode(_read(part))
    return shares


def _read(part: Slice) -> bytes:
    file = os.open(part.file, os.O_RDONLY)  # there are many small ones
    try:
        return os.pread(file, part.end - part.start, part.start)
    finally:
        os.close(file)
