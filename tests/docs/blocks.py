"""The fenced blocks of the documents, and what their opening line says about running them.

After the language a block may say `exit 1` (the code it ends with), `until stopped` (one command that is
stopped once it is ready), or `no-run: why not`. A block that says nothing runs and ends with 0.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.check_docs import ROOT, documents

_OPENING = re.compile(r" *```(?P<language>\w*) *(?P<said>.*)")


class Block(NamedTuple):
    """A fenced block: where it begins, its language, what is said about running it, and its text."""

    path: Path
    line: int
    language: str
    said: str
    text: str

    @property
    def place(self) -> str:
        """File and line of its opening."""
        return f"{self.path}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether nothing is said against it."""
        return not self.said.startswith("no-run:")


def blocks(*languages: str) -> Iterator[Block]:
    """All blocks in these languages ("" for those that name none), in the order of the documents."""
    for path in documents():
        yield from (block for block in read_blocks(path) if block.language in languages)


def read_blocks(path: Path) -> Iterator[Block]:
    """The blocks of a document."""
    opening: tuple[int, re.Match[str]] | None = None
    lines: list[str] = []
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        fence = _OPENING.fullmatch(line)
        if opening is None:
            opening, lines = ((number, fence) if fence else None), []
        elif fence:
            start, said = opening
            text = textwrap.dedent("\n".join(lines)) + "\n"
            yield Block(path, start, said["language"], said["said"].strip(), text)
            opening = None
        else:
            lines.append(line)
