"""What grows without measure when it is unpacked, or was cut short, is stopped and named."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from cds_service import cli
from cds_service.batch.streams import CHUNK, StreamError, unpack
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, as_bytes, errors, reviewed, write
from tests.support.archives import as_tar, as_tar_zst, as_tgz, as_zip

GOOD = as_bytes(ON_STATIN.bundle(TODAY))
OTHER = PATIENTS["vitamin-d-of-nine"]
MIB = 1 << 20


def bomb() -> bytes:
    """50 MB of blanks, as one would put in front of a Bundle."""
    return b" " * (50 * MIB) + GOOD


def lying_zip() -> bytes:
    """A bomb whose headers say that it is small."""
    content = bytearray(as_zip([("in.json", bomb())]))
    size = struct.pack("<I", 50 * MIB + len(GOOD))
    for place in (content.find(size), content.rfind(size)):
        content[place : place + 4] = struct.pack("<I", 1000)
    return bytes(content)


BOMBS = {
    "a zip": ("in.zip", lambda: as_zip([("in.json", bomb())])),
    "a zip that lies about its size": ("in.zip", lying_zip),
    "gzip": ("in.json.gz", lambda: gzip.compress(bomb())),
    "Zstandard": ("in.json.zst", lambda: zstandard.compress(bomb())),
    "gzip in pieces": ("in.ndjson.gz", lambda: gzip.compress(b" " * MIB) * 60),
    "gzip of gzip": ("in.zip", lambda: as_zip([("in.json.gz", gzip.compress(bomb()))])),
    "tar and gzip": ("in.tgz", lambda: as_tgz([("in.json", bomb())])),
    "tar and Zstandard": ("in.tar.zst", lambda: as_tar_zst([("in.json", bomb())])),
}


@pytest.mark.parametrize(("name", "make"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_not_unpacked(name: str, make: Callable[[], bytes], tmp_path: Path, run: Run) -> None:
    content = make()
    assert len(content) < MIB
    tmp_path.joinpath(name).write_bytes(content)
    write(tmp_path, zgood__json=GOOD)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    told = errors(ended)  # of the member, and of the archive where nothing after it can be read
    assert told
    assert all("grows more than 100 times" in error or "damaged" in error for error in told)
    assert ended.exit_code == cli.UNREADABLE


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_a_bomb_is_stopped_while_it_is_unpacked(suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """No more comes of it than is unsuspected, whatever there is."""
    packed, made = pack(b" " * (200 * MIB)), list[int]()
    with pytest.raises(StreamError, match="grows more than"):
        made.extend(map(len, unpack(iter([packed]), suffix)))
    assert sum(made) <= max(16 * MIB, 100 * len(packed)) + CHUNK


CUT = {
    ".json.gz": gzip.compress(GOOD),
    ".json.zst": zstandard.compress(GOOD),
    ".zip": as_zip([("in.json", GOOD)]),
    ".tgz": as_tgz([("in.json", GOOD)]),
    ".tar.zst": as_tar_zst([("in.json", GOOD)]),
    ".tar": as_tar([("in.json", GOOD)])[: len(GOOD)],
}


@pytest.mark.parametrize(("suffix", "content"), CUT.items(), ids=CUT)
def test_what_is_cut_short_is_named(suffix: str, content: bytes, tmp_path: Path, run: Run) -> None:
    tmp_path.joinpath(f"in{suffix}").write_bytes(content[: len(content) // 2])
    write(tmp_path, other__json=as_bytes(OTHER.bundle(TODAY)))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {OTHER.id: OTHER.cards}
    told = errors(ended)
    assert told
    assert all("cut short" in error or "damaged" in error for error in told)
    assert ended.exit_code == cli.UNREADABLE
