"""Bytes in pieces: of a file or a part of it, and unpacked from gzip and Zstandard within bounds."""

import os
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

import zstandard

from cds_service.batch.bounds import CHUNK

Chunks = Iterator[bytes]
_GZIP = 31  # zlib's word for a gzip header and trailer
_FED = 1 << 10  # bytes of Zstandard at a time, because what comes of them cannot be limited
_WINDOW = 1 << 27  # bytes of memory a Zstandard file may ask for
_UNSUSPECTED = 1 << 24  # bytes that may come of anything, however small
_RATIO = 100


class StreamError(ValueError):
    """A stream that is damaged, or grows beyond bounds; `str()` says which, never what it holds."""


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def pieces(self, data: bytes) -> Chunks: ...


class _Gunzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=_GZIP)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def pieces(self, data: bytes) -> Chunks:
        while data and not self.eof:
            yield self._inner.decompress(data, CHUNK)
            data = self._inner.unconsumed_tail


class _Unzstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def pieces(self, data: bytes) -> Chunks:
        for start in range(0, len(data), _FED):
            yield self._inner.decompress(data[start : start + _FED])
            if self.eof:
                self.unused_data = self._inner.unused_data + data[start + _FED :]
                return


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {".gz": _Gunzip, ".zst": _Unzstd}
PACKED = frozenset(_UNPACKERS)
"""Suffixes of compressed files."""


def read_file(opened: Callable[[], BinaryIO], start: int = 0, end: int | None = None) -> Chunks:
    """A file from byte `start` to byte `end`. Raises `OSError`."""
    with opened() as file:
        left = (file.seek(0, os.SEEK_END) if end is None else end) - start
        file.seek(start)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def unpack(chunks: Chunks, suffix: str) -> Chunks:
    """What a compressed stream holds, several streams one after the other included.

    Raises `StreamError` where it is damaged, cut short, or grows more than a hundredfold.
    """
    unpacker, given, made = _UNPACKERS[suffix](), 0, 0
    try:
        for chunk in chunks:
            rest: bytes = chunk
            while rest:
                if unpacker.eof:
                    unpacker = _UNPACKERS[suffix]()
                for piece in unpacker.pieces(rest):
                    made += len(piece)
                    check_growth(given + len(chunk), made)
                    yield piece
                rest = unpacker.unused_data if unpacker.eof else b""
            given += len(chunk)
    except (zlib.error, zstandard.ZstdError) as error:
        raise StreamError("the compressed data are damaged") from error
    if given and not unpacker.eof:
        raise StreamError("the compressed data are cut short")


def check_growth(given: int, made: int) -> None:
    """Raise `StreamError` when so many bytes cannot honestly come of so few."""
    if made > max(_UNSUSPECTED, _RATIO * given):
        raise StreamError(f"it grows more than {_RATIO} times when unpacked; unpack it first")


class Reader:
    """Pieces as a file that can only be read on, for `tarfile`."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._held = bytearray()

    def read(self, size: int) -> bytes:
        """Up to so many bytes, fewer only at the end."""
        while len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._held += chunk
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken
