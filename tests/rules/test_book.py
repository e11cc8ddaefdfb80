"""The rule book is one valid, quiet HTML page with every rule in it."""

import hashlib
import re
import shutil
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cds_service.knowledge import Knowledge, rule_files
from cds_service.knowledge.clauses import KINDS
from cds_service.knowledge.files import cards_dir
from cds_service.rulebook.book import write_page
from cds_service.rulebook.clause_words import in_words, point_in_words
from cds_service.rulebook.spoken import spoken

VOID = {"meta", "br", "hr", "img", "link", "input"}


@pytest.fixture(scope="module")
def page(knowledge: Knowledge) -> str:
    return write_page(knowledge, cards_dir())


class Outline(HTMLParser):
    """Tags, ids and links of a page; notes every tag that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        self.ids += [known["id"]] if known.get("id") else []
        self.links += [known["href"]] if tag == "a" and known.get("href") else []
        self.loads += [name for name in known if name in ("src", "srcset", "data") or name.startswith("on")]
        if len(known) != len(attrs):
            self.faults.append(f"twice the same attribute in {tag}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    return found


def test_the_page_is_well_formed(page: str, outline: Outline) -> None:
    assert page.startswith("<!doctype html>\n<html lang=")
    assert outline.faults == []
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("title") == outline.tags.count("h1") == outline.tags.count("main") == 1


def test_the_page_loads_nothing_and_runs_nothing(page: str, outline: Outline) -> None:
    assert outline.loads == []
    assert {"script", "link", "img", "iframe", "object", "form"}.isdisjoint(outline.tags)
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_admits_the_style_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert style
    assert policy
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}'")


def test_every_link_of_the_contents_leads_somewhere(outline: Outline) -> None:
    inside = {link.removeprefix("#") for link in outline.links if link.startswith("#")}
    assert inside <= set(outline.ids)
    assert all(link.startswith(("#", "https://", "http://")) for link in outline.links)


def test_every_rule_source_threshold_and_pair_is_there(
    page: str, outline: Outline, knowledge: Knowledge
) -> None:
    rules = [file.stem for folder in ("causes", "signs") for file in rule_files(cards_dir() / folder)]
    assert set(rules) <= set(outline.ids)
    for words in (
        *knowledge.thresholds.amounts,
        *knowledge.sources,
        "cyclosporine",
        "day 27 still counts as soon",
    ):
        assert words in page
    assert "1.86 * (sodium + potassium)" in page


def test_texts_are_shown_with_brackets_where_the_chart_fills_in(page: str) -> None:
    assert "taking [on_statin: name] [on_statin: since]" in page
    assert "{{" not in page
    assert "{%" not in page


def test_texts_of_the_rules_are_escaped(knowledge: Knowledge, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    shutil.copytree(cards_dir(), cards)
    rule = cards / "causes" / "sleep_surface.yaml"
    text = rule.read_text(encoding="utf-8")
    assert "evidence: " in text
    rule.write_text(text.replace("evidence: ", "evidence: <script>a</script> ", 1), encoding="utf-8")
    changed = write_page(knowledge, cards)
    assert "<script" not in changed
    assert "&lt;script&gt;a&lt;/script&gt; Reviews" in changed


def test_light_dark_and_paper_are_styled(page: str) -> None:
    assert "color-scheme: light dark" in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ soon.days }} days", "[soon: days] days"),
        ("{{ items|listed }}: now", "[items]: now"),
        ("{{ now.ingredient|capitalize }}", "[now: ingredient]"),
        (
            "{% if a.truth %}x{% elif not b.truth %}y{% else %}z{% endif %}",
            "[if a] x[otherwise if not b] y[otherwise] z[end]",
        ),
        ("{% if days.days %}day{% endif %}", "[if days: days] day[end]"),
        ("{% if a.truth and b.truth %}x{% endif %}", "[if a and b] x[end]"),
        ("{{ [a, b]|count_true }} items", "[how many of a, b] items"),
        ("CK raised", "CK raised"),
    ],
)
def test_a_template_in_words(template: str, said: str) -> None:
    assert spoken(template) == said


def test_every_clause_of_every_rule_has_words(knowledge: Knowledge) -> None:
    rules = [*knowledge.causes.values(), *knowledge.signs.values(), knowledge.gates, *knowledge.suggestions]
    said = {name: in_words(clause, knowledge) for rule in rules for name, clause in rule.given.items()}
    assert all(said.values())


def test_every_point_in_time_has_words() -> None:
    points = {point for kind in KINDS.values() for point in kind.POINTS}
    assert all(point_in_words(f"it.{point}").endswith(" it") for point in points)
