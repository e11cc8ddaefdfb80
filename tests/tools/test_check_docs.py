from pathlib import Path

import pytest

from tools import check_docs
from tools.check_docs import Line, check_commands, check_links, check_paths, check_promises


def line(text: str, *, path: str = "README.md", code: bool = False) -> Line:
    return Line(Path(path), 7, text, code)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("see [the rules](cards/nowhere.yaml)", "README.md:7: the link cards/nowhere.yaml leads nowhere"),
        (
            "see [the rules](GLOSSARY.md#no-such-word)",
            "README.md:7: GLOSSARY.md has no heading #no-such-word",
        ),
        ("![picture](docs/img/none.svg)", "README.md:7: the link docs/img/none.svg leads nowhere"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_place(text: str, mistake: str) -> None:
    assert list(check_links(line(text))) == [mistake]


@pytest.mark.parametrize(
    "text",
    ["[site](https://cds-hooks.hl7.org/)", "[words](GLOSSARY.md)", "[errors](ARCHITECTURE.md#errors)"],
)
def test_a_good_link_is_no_mistake(text: str) -> None:
    assert list(check_links(line(text))) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("make coffee", "the Makefile has no target 'coffee'"),
        ("leg-cds revue", "leg-cds has no command 'revue'"),
        ("leg-cds serve --prot 1", "leg-cds serve has no option --prot"),
        ("$ .venv/bin/leg-cds serve --prot 1", "leg-cds serve has no option --prot"),
    ],
)
@pytest.mark.parametrize("code", [True, False])
def test_a_command_that_does_not_exist_is_named(text: str, mistake: str, code: bool) -> None:
    written = text if code else f"type `{text}` now"
    assert list(check_commands(line(written, code=code))) == [f"README.md:7: {mistake}"]


@pytest.mark.parametrize(
    "text", ["make demo    # all of it", "leg-cds serve --port 5001", "leg-cds --version"]
)
def test_a_command_that_exists_is_no_mistake(text: str) -> None:
    assert list(check_commands(line(text, code=True))) == []


def test_a_path_in_backticks_must_exist_where_documents_promise_it() -> None:
    assert list(check_paths(line("`cards/nowhere`"))) == ["README.md:7: there is no cards/nowhere"]
    assert list(check_paths(line("`tools/check_docs.py` and `web/`"))) == []
    assert list(check_paths(line("`cards/nowhere`", path="docs/other.md"))) == []


def test_a_page_that_the_nav_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = Path("docs/how-to/forgotten.md")
    known = check_docs.pages()
    monkeypatch.setattr(check_docs, "pages", lambda: {**known, forgotten: Path("how-to/forgotten.md")})
    assert f"docs/README.md: does not list {forgotten}, so the site has no way to it" in list(
        check_promises()
    )


def test_a_generated_page_that_is_out_of_date_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_docs, "outdated", lambda: ["cli.md"])
    told = "docs/reference/generated/cli.md: out of date, run python -m tools.make_reference"
    assert told in list(check_promises())


def test_every_page_is_listed_and_every_generated_page_is_up_to_date() -> None:
    assert list(check_promises()) == []
