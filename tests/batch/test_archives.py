"""Compressed files and archives: read as streams, never extracted; their names are only shown."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from cds_service import cli
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, as_bytes, errors, reviewed, write
from tests.support.archives import Members, as_tar, as_tar_zst, as_tgz, as_zip

GOOD = as_bytes(ON_STATIN.bundle(TODAY))
OTHER = PATIENTS["vitamin-d-of-nine"]
MANY = 100_000

PACKED = {".zip": as_zip, ".tar": as_tar, ".tgz": as_tgz, ".tar.gz": as_tgz, ".tar.zst": as_tar_zst}
ONE_FILE = {".json.gz": gzip.compress, ".json.zst": zstandard.compress}
every_archive = pytest.mark.parametrize(("suffix", "pack"), PACKED.items(), ids=PACKED)


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@every_archive
def test_an_archive_is_as_good_as_its_files(
    suffix: str, pack: Callable[[Members], bytes], tmp_path: Path, run: Run
) -> None:
    members = [("a/b/in.json", GOOD), ("other.json.gz", gzip.compress(as_bytes(OTHER.bundle(TODAY))))]
    tmp_path.joinpath(f"in{suffix}").write_bytes(pack(members))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards, OTHER.id: OTHER.cards}
    assert ended.exit_code == cli.DONE, ended.stderr


@pytest.mark.parametrize(("suffix", "pack"), ONE_FILE.items(), ids=ONE_FILE)
def test_a_compressed_file_is_as_good_as_the_file(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path, run: Run
) -> None:
    tmp_path.joinpath(f"in{suffix}").write_bytes(pack(GOOD))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert ended.exit_code == cli.DONE, ended.stderr


@every_archive
@pytest.mark.parametrize(
    "name",
    ["../../evil.json", "/abs/evil.json", "C:\\evil.json", "a/../../../evil.json", "\x1b[31mevil.json"],
)
def test_names_that_climb_out_are_only_shown(
    name: str, suffix: str, pack: Callable[[Members], bytes], tmp_path: Path, run: Run
) -> None:
    """The member is read as any other, and nothing appears on the disk."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    folder.joinpath(f"in{suffix}").write_bytes(pack([(name, GOOD), ("bad.json", b"{")]))
    before = files_below(tmp_path)
    output = tmp_path / "out.json"
    ended = run("review", "--format", "json", folder, "-o", output)
    assert ended.exit_code == cli.UNREADABLE
    assert ON_STATIN.id.encode() in output.read_bytes()
    assert "evil.json" in output.read_text()
    assert "\x1b" not in output.read_text() + ended.stderr
    assert files_below(tmp_path) - before == {output}
    assert not Path("/abs/evil.json").exists()


def linked_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.json", GOOD)
    return file.getvalue()


def linked_tar(kind: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("link.json")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
        good = tarfile.TarInfo("good.json")
        good.size = len(GOOD)
        archive.addfile(good, io.BytesIO(GOOD))
    return file.getvalue()


LINKED = {
    "a link in a zip": ("in.zip", linked_zip()),
    "a link in a tar": ("in.tar", linked_tar(tarfile.SYMTYPE)),
    "a hard link in a tar": ("in.tar", linked_tar(tarfile.LNKTYPE)),
    "a device in a tar": ("in.tar", linked_tar(tarfile.CHRTYPE)),
    "a pipe in a tar": ("in.tar", linked_tar(tarfile.FIFOTYPE)),
}


@pytest.mark.parametrize(("name", "content"), LINKED.values(), ids=LINKED)
def test_links_and_special_members_are_not_followed(
    name: str, content: bytes, tmp_path: Path, run: Run
) -> None:
    tmp_path.joinpath(name).write_bytes(content)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    (error,) = errors(ended)
    assert "not followed" in error
    assert f"{name}/link.json: {error}" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE


@every_archive
def test_an_archive_within_an_archive_is_named(
    suffix: str, pack: Callable[[Members], bytes], tmp_path: Path, run: Run
) -> None:
    members = [("inner.zip", as_zip([("in.json", GOOD)])), ("good.json", GOOD)]
    tmp_path.joinpath(f"in{suffix}").write_bytes(pack(members))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert errors(ended) == ["an archive within an archive; unpack it first"]
    assert ended.exit_code == cli.UNREADABLE


@pytest.mark.parametrize(("name", "pack"), [("in.zip", as_zip), ("in.tar", as_tar)])
def test_too_many_members_are_refused(
    name: str, pack: Callable[[Members], bytes], tmp_path: Path, run: Run
) -> None:
    tmp_path.joinpath(name).write_bytes(pack((f"{number}.txt", b"") for number in range(MANY)))
    write(tmp_path, good__json=GOOD)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert errors(ended) == ["more than 50000 members; unpack it first"]
    assert ended.exit_code == cli.UNREADABLE


def test_an_encrypted_member_is_named(tmp_path: Path, run: Run) -> None:
    content = bytearray(as_zip([("in.json", GOOD)]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    tmp_path.joinpath("in.zip").write_bytes(content)
    ended = run("review", tmp_path)
    assert "in.zip/in.json: encrypted; decrypt it first" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE
