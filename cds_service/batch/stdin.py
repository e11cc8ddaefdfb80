"""The standard input kept in a file, because it is read more than once."""

import shutil
import sys
from pathlib import Path

import msgspec

from cds_service.batch.files import SourceFile

_SIGNATURES = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"PK\x03\x04": ".zip"}
_TAR_SIGNATURE, _TAR_AT = b"ustar", 257


def keep_stdin(file: SourceFile, folder: Path) -> SourceFile:
    """The standard input as a file in a folder; its suffix says how it is packed, if it is."""
    kept = folder / "stdin"
    with kept.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    with kept.open("rb") as copy:
        head = copy.read(_TAR_AT + len(_TAR_SIGNATURE))
    packed = [suffix for signature, suffix in _SIGNATURES.items() if head.startswith(signature)]
    if head[_TAR_AT:] == _TAR_SIGNATURE:
        packed = [".tar"]
    path = kept.rename(kept.with_suffix(packed[0])) if packed else kept
    return msgspec.structs.replace(file, path=str(path), size=path.stat().st_size)
