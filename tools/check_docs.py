"""Check that the documents tell the truth about the repository.

Links lead somewhere, commands and their options exist, paths in backticks exist, every page is in the nav
of the site, generated pages are up to date, the README fits one screen, and the changelog knows the
current version. Prints one line a mistake, with file and line.
"""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

import cds_service
from cds_service.cli import commands as leg_cds
from tools.make_reference import REMAKE, outdated
from tools.make_site import INDEX, nav, pages

ROOT = Path(__file__).resolve().parent.parent
ONE_SCREEN = 80
PATHS_CHECKED_IN = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/how-to/write-a-rule.md",
)

_BUILT = {"build", "dist", "site"}
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"#{1,6} +(.*)")
_PATH = re.compile(r"[\w.@-]+(?:/[\w.@-]+)*/?\Z")
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


class Line(NamedTuple):
    """A line of a document; `code` says that it stands in a fenced block."""

    path: Path
    number: int
    text: str
    code: bool

    def says(self, mistake: str) -> str:
        """The mistake with its place."""
        return f"{self.path}:{self.number}: {mistake}"


def documents() -> list[Path]:
    """Every Markdown file of the repository, relative to its root."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return sorted(path for path in found if path.parts[0] not in _BUILT and not path.parts[0].startswith("."))


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a document without the fences themselves."""
    fenced = False
    for number, text in enumerate((ROOT / path).read_text().splitlines(), 1):
        if text.lstrip().startswith("```"):
            fenced = not fenced
        else:
            yield Line(path, number, text, fenced)


def snippets(line: Line) -> list[str]:
    """The pieces of code in a line: all of it in a block, else what stands in backticks."""
    found: list[str] = [line.text] if line.code else _CODE.findall(line.text)
    return [snippet.strip().removeprefix("$ ").removeprefix(".venv/bin/") for snippet in found]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    headings = (_HEADING.match(line.text) for line in read_lines(path) if not line.code)
    titles = (match[1].replace("`", "").lower() for match in headings if match)
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


def check_links(line: Line) -> Iterator[str]:
    """Relative links and anchors that lead nowhere."""
    for link in [] if line.code else _LINK.findall(line.text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = ROOT / line.path.parent / name if name else ROOT / line.path
        if not target.exists():
            yield line.says(f"the link {link} leads nowhere")
        elif anchor and anchor not in anchors(target.resolve().relative_to(ROOT)):
            yield line.says(f"{target.name} has no heading #{anchor}")


def check_commands(line: Line) -> Iterator[str]:
    """`leg-cds` commands, their options and `make` targets that do not exist."""
    for snippet in snippets(line):
        words = snippet.split("#")[0].split("|")[0]
        if words.startswith("make ") and (unknown := _unknown_target(words)):
            yield line.says(f"the Makefile has no target {unknown!r}")
        if words.startswith("leg-cds ") and (wrong := _wrong_command(shlex.split(words)[1:])):
            yield line.says(wrong)


def _unknown_target(words: str) -> str:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    asked = [word for word in words.split()[1:] if "=" not in word]
    return next((word for word in asked if word not in targets), "")


def _wrong_command(words: list[str]) -> str:
    command: click.Command = leg_cds
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        known = command.get_command(click.Context(command), words[0])
        if known is None:
            return f"leg-cds has no command {words[0]!r}"
        command, words = known, words[1:]
    return _wrong_option(command, words)


def _wrong_option(command: click.Command, words: list[str]) -> str:
    parameters = command.get_params(click.Context(command))
    known = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
    unknown = sorted(asked - known)
    return f"leg-cds {command.name} has no option {unknown[0]}" if unknown else ""


def check_paths(line: Line) -> Iterator[str]:
    """Paths in backticks that are not in the repository, where a document promises them."""
    if line.code or str(line.path) not in PATHS_CHECKED_IN:
        return
    for snippet in snippets(line):
        if "/" in snippet and _PATH.match(snippet) and not _exists(snippet):
            yield line.says(f"there is no {snippet}")


def _exists(path: str) -> bool:
    return any((base / path).exists() for base in (ROOT, ROOT / "cds_service"))


def check_promises() -> Iterator[str]:
    """Rules about whole documents."""
    listed = {path for _, entries in nav() for _, path in entries}
    for path in sorted(path for path in pages() if path not in listed and path != INDEX):
        yield f"{INDEX}: does not list {path}, so the site has no way to it"
    yield from (f"docs/reference/generated/{name}: out of date, run {REMAKE}" for name in outdated())
    length = len((ROOT / "README.md").read_text().splitlines())
    if length > ONE_SCREEN:
        yield f"README.md: {length} lines; one screen is {ONE_SCREEN}"
    if f"## [{cds_service.__version__}]" not in (ROOT / "CHANGELOG.md").read_text():
        yield f"CHANGELOG.md: says nothing about version {cds_service.__version__}"


def find_mistakes() -> list[str]:
    """Everything that is wrong, in the order of the documents."""
    checks: tuple[Callable[[Line], Iterator[str]], ...] = (check_links, check_commands, check_paths)
    lines = (line for path in documents() for line in read_lines(path))
    return [*(mistake for line in lines for check in checks for mistake in check(line)), *check_promises()]


def main() -> int:
    """Print every mistake; 1 when there is one."""
    mistakes = find_mistakes()
    print("\n".join(mistakes) or f"{len(documents())} documents, no mistake found")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
