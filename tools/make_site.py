"""Build the documentation site from docs/ and the documents beside it.

The pages are staged first: the documents of the root become pages, links lead to pages, and what is said
about running a block of code goes. The nav is the list in docs/README.md, so there is one list only.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = Path("docs/README.md")
BESIDE = ("ARCHITECTURE.md", "BENCHMARKS.md", "CHANGELOG.md", "CONTRIBUTING.md", "GLOSSARY.md")
SECONDS = 120
BAR = "\\|"  # in a cell of a table

_FENCE = re.compile(r"^( *```)(\w*).*$")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_CODE = re.compile(r"`([^`]+)`")
_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)]+)\)")
_HEADING = re.compile(r"^## (.+)$")


def pages() -> dict[Path, Path]:
    """Every document of the site: its path in the repository -> its path in the site's source."""
    found = {
        path.relative_to(ROOT): path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")
    }
    beside = {Path(name): Path("project", name.lower()) for name in BESIDE}
    return {**found, **beside, INDEX: Path("index.md")}


def nav() -> list[tuple[str, list[tuple[str, Path]]]]:
    """The sections of docs/README.md, each with the title and the document of its entries."""
    sections: list[tuple[str, list[tuple[str, Path]]]] = []
    for line in (ROOT / INDEX).read_text().splitlines():
        if heading := _HEADING.match(line):
            sections.append((heading[1], []))
        elif (entry := _ENTRY.match(line)) and sections:
            sections[-1][1].append((entry[1], _resolve(INDEX, entry[2])))
    return [section for section in sections if section[1]]


def stage(folder: Path) -> None:
    """Write the source of the site and its configuration into an empty folder."""
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.md"))
    for document, page in pages().items():
        target = folder / "docs" / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(staged(document))
    (folder / "zensical.toml").write_text(configuration())


def configuration() -> str:
    """zensical.toml with the nav, of the documents that are pages."""
    known = pages()
    sections = [
        f'  {{ "{title}" = ['
        + ", ".join(f'{{ "{name}" = "{known[path]}" }}' for name, path in entries)
        + "] },"
        for title, entries in nav()
    ]
    entries = "\n".join(['nav = [\n  { "Overview" = "index.md" },', *sections, "]"])
    return (ROOT / "zensical.toml").read_text().replace("[project]\n", f"[project]\n{entries}\n", 1)


def staged(document: Path) -> str:
    """The text of a page as the site wants it."""
    lines, fenced = [], False
    for line in (ROOT / document).read_text().splitlines():
        if fence := _FENCE.match(line):
            fenced = not fenced
            lines.append(fence[1] + fence[2])
        else:
            lines.append(line if fenced else _restated(document, line))
    return "\n".join(lines) + "\n"


def _restated(document: Path, line: str) -> str:
    """A line with its links led to pages; a bar in the code of a table is written as the site reads it."""
    if line.startswith("|"):
        line = _CODE.sub(_with_bars, line)
    return _LINK.sub(lambda link: _relink(document, link), line)


def _with_bars(code: re.Match[str]) -> str:
    if BAR not in code[0]:
        return code[0]
    return f"<code>{html.escape(code[1]).replace(BAR, '&#124;')}</code>"


def _relink(document: Path, link: re.Match[str]) -> str:
    """A link as it is from page to page; only its words where the site has no such page."""
    picture, words, address, anchor = link.groups()
    if not address or re.match(r"[a-z]+:", address):
        return link[0]
    target, known = _resolve(document, address), pages()
    here = known[document].parent
    if page := known.get(target):
        return f"{picture}[{words}]({os.path.relpath(page, here)}{anchor or ''})"
    if target.is_relative_to("docs") and (ROOT / target).is_file():
        return f"{picture}[{words}]({os.path.relpath(target.relative_to('docs'), here)})"
    return words


def _resolve(document: Path, address: str) -> Path:
    return Path(os.path.normpath(document.parent / address))


def build(site: Path, work: Path) -> None:
    """Stage in the folder `work`, build, and put the result in place of `site`.

    Raises `subprocess.CalledProcessError` when Zensical fails or warns.
    """
    shutil.rmtree(work, ignore_errors=True)
    stage(work)
    zensical = Path(sysconfig.get_path("scripts"), "zensical")
    subprocess.run([zensical, "build", "--strict", "--clean"], cwd=work, check=True, timeout=SECONDS)
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(work / "site", site)


def main() -> int:
    """Build the site into the folder that is named, or site/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "site")
    site = parser.parse_args().site.absolute()
    try:
        build(site, ROOT / "build/site")
    except subprocess.CalledProcessError as error:
        print(f"The site was not built: {error}", file=sys.stderr)
        return 1
    print(f"Open {site / 'index.html'}")
    print(f"Its search needs a server: python -m http.server --bind 127.0.0.1 --directory {site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
