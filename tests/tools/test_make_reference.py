"""The generated pages hold every command, every setting and every address."""

from pathlib import Path

import pytest

from tools import make_reference
from tools.reference import addresses, cli, configuration, table


def test_a_command_and_its_options_are_told_with_defaults() -> None:
    page = cli.page()
    assert "## leg-cds serve\n\n`Usage: leg-cds serve [OPTIONS]`" in page
    assert "| `--port INTEGER` | 5000 | Port to listen on; 0 picks a free one. |" in page
    assert "### leg-cds audit verify" in page
    assert "--help`" not in page.partition("## ")[2]


def test_exit_codes_are_told() -> None:
    assert "| 3 | some records could not be read; they are listed |" in cli.page()


@pytest.mark.parametrize(
    "row",
    [
        "| `server.port` | whole number from 0, at most 65535 |  | `LEG_CDS_PORT` |",
        "| `limits.hook_seconds` | number above 0, at most 600 |  |  |",
        "| `issuers[].iss` | text | yes |  |",
        "| `issuers[].algorithms` | list of `ES384` or `RS384` |  |  |",
        "| `knowledge.overlays` | list of files |  | `LEG_CDS_OVERLAYS` |",
        "| `profile` | `sandbox` or `production` |  | `LEG_CDS_PROFILE` |",
    ],
)
def test_a_setting_is_told_with_what_it_may_be(row: str) -> None:
    assert row in configuration.page().splitlines()


def test_an_answer_that_is_described_elsewhere_is_followed() -> None:
    page = addresses.page()
    assert "## POST /cds-services/{id}\n" in page
    assert "| 401 | No valid token; one answer for every reason |" in page


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"


def test_a_page_that_differs_is_out_of_date_until_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_reference, "FOLDER", tmp_path)
    assert make_reference.outdated() == list(make_reference.PAGES)
    make_reference.write()
    assert make_reference.outdated() == []
