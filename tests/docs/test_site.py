"""The site: it holds every page, all its links lead somewhere, and it loads nothing from elsewhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.make_site import build, nav, pages, staged

_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
_STYLE_URL = re.compile(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')\s]+)")


class Page(HTMLParser):
    """What a page leads to, what it loads, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loads.append(given["href"])
        if _LOADED.get(tag) in given:
            self.loads.append(given[_LOADED[tag]])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    build(folder / "site", folder / "work")
    return folder / "site"


@pytest.fixture(scope="session")
def read(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_document_is_a_page_and_in_the_nav(site: Path) -> None:
    listed = {path for _, entries in nav() for _, path in entries}
    assert listed <= set(pages())
    assert {path for path in pages().values() if not (site / path).with_suffix(".html").is_file()} == set()


def test_every_link_leads_somewhere(site: Path, read: dict[Path, Page]) -> None:
    dead = {
        str(path.relative_to(site)): list(dead_links(path, read)) for path in read if path.name != "404.html"
    }
    assert {page: links for page, links in dead.items() if links} == {}


def dead_links(path: Path, read: dict[Path, Page]) -> Iterator[str]:
    for link in [*read[path].links, *read[path].loads]:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in read[target].places):
            yield link


def test_nothing_is_loaded_from_elsewhere(site: Path, read: dict[Path, Page]) -> None:
    loaded = [address for page in read.values() for address in page.loads]
    assert [address for address in loaded if urlsplit(address).netloc] == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert [address for style in styles for address in _STYLE_URL.findall(style)] == []


def test_what_is_said_about_running_is_not_shown(site: Path) -> None:
    shown = [path.name for path in site.rglob("*.html") if "```" in path.read_text(encoding="utf-8")]
    assert shown == []


def test_a_link_to_what_is_no_page_keeps_its_words() -> None:
    architecture = staged(Path("ARCHITECTURE.md"))
    assert "(glossary.md)" in architecture
    assert "[The reference](../reference/rule-format.md)" in architecture


def test_a_bar_in_a_table_is_shown_without_its_escape(site: Path) -> None:
    commands = (site / "reference/generated/cli.html").read_text(encoding="utf-8")
    assert "<code>--format [text&#124;json]</code>" in commands
