"""The HTML report: what it says, what it hides, and that it needs nothing but itself."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from cds_service import fixtures
from cds_service.batch.row import Resources
from tests.batch.sinks.pages import FAULTS, Reader, worklist
from tests.batch.sinks.rows import TODAY, fixture_rows, many, row, written
from tests.unit.charts import knowledge

URGENCY = ["critical", "warning", "info"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("report"), "html", fixture_rows(), FAULTS).decode()


@pytest.fixture(scope="module")
def identified(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    return written(folder, "html", fixture_rows(), FAULTS, identified=True).decode()


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    read = Reader(page)
    tags = {tag for tag, _ in read.elements}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "base", "image"})
    for tag, attributes in read.elements:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        for name in ("href", "src", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)


def test_the_policy_allows_one_style_sheet(page: str) -> None:
    (policy,) = (
        one["content"] for one in Reader(page).all("meta") if "content" in one and one.get("http-equiv")
    )
    (sheet,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_it_says_what_it_was_made_with(page: str) -> None:
    for words in (
        TODAY.isoformat(),
        "chosen by the test",
        knowledge().version,
        "not reviewed by a clinician",
    ):
        assert words in page


def test_the_worklist_is_sorted_by_urgency_and_then_by_patient(identified: str) -> None:
    found = worklist(identified)
    with_cards = [one for one in fixture_rows() if one.cards]
    assert found == sorted(found, key=lambda entry: (URGENCY.index(entry[1]), entry[0]))
    assert {patient for patient, _ in found} == {one.patient for one in with_cards}
    for one in with_cards:
        for shown in one.cards:
            assert shown.summary in Reader(identified).text


def test_every_patient_of_the_worklist_has_a_timeline(page: str) -> None:
    assert page.count('<svg class="tl"') == len(worklist(page))


def test_identifiers_are_hidden_unless_asked_for(page: str, identified: str) -> None:
    text = Reader(page).text
    ids = {one.patient for one in fixture_rows()} - {"polymyalgia"}  # which is a word of the page as well
    refs = {f"{r['resourceType']}/{r['id']}" for one in fixtures.patients() for r in one.resources(TODAY)}
    files = {source for one in fixture_rows() for source in one.sources}
    for hidden in (*ids, *refs, *files, "jane", "Jane"):
        assert hidden not in page
    assert "Patients are named by a running number" in text
    assert {patient for patient, _ in worklist(page)} <= {str(n) for n in range(1, len(fixture_rows()) + 1)}
    for one in fixture_rows():
        assert not one.cards or one.patient in identified
    assert "export/Doe_Jane_1970.json line 3: not valid JSON: trailing characters" in identified


def test_numbers_follow_the_order_of_the_rows(page: str, identified: str) -> None:
    hidden, shown = worklist(page), worklist(identified)
    ids = [one.patient for one in fixture_rows()]
    assert [(ids[int(number) - 1], urgency) for number, urgency in hidden] == shown


def test_faults_are_counted_by_reason(page: str) -> None:
    text = Reader(page).text
    for reason in (
        "not valid JSON: trailing characters",
        "resources of a patient: this Patient was not given",
        "no usable date",
        "2 Procedure",
    ):
        assert reason in text


def test_records_that_were_not_read_are_counted_by_reason_too(tmp_path: Path) -> None:
    skipped = [{"ref": f"Condition/doe-{number}", "reason": "code cannot be read"} for number in range(2)]
    counted = Resources({"Patient": 1}, {"code cannot be read": 2}, 0, 0)
    page = written(tmp_path, "html", [row(skipped=skipped, resources=counted)]).decode()
    assert "<dt>not or not fully read</dt><dd>2</dd>" in page
    assert re.search(r"code cannot be read</th><td[^>]*>2<", page)
    assert "Everything given was read." not in page
    assert "doe" not in page


def test_incomplete_data_are_not_said_to_be_all_that_was_given(tmp_path: Path) -> None:
    gap = ["QuestionnaireResponse/doe-1: item could not be read"]
    page = written(tmp_path, "html", [row(incomplete=gap)]).decode()
    assert "Everything given was read." not in page
    assert "The data of 1 patient are known to be incomplete" in page
    assert "doe" not in page


def test_everything_was_read_is_said_where_it_is_true(tmp_path: Path) -> None:
    assert "Everything given was read." in written(tmp_path, "html", [row()]).decode()


def test_one_patient_is_told_as_one(tmp_path: Path) -> None:
    text = Reader(written(tmp_path, "html", fixture_rows()[:1]).decode()).text
    assert "1 patient with cards" in text
    assert "1 patients" not in text


def test_gates_are_counted(page: str) -> None:
    for one in fixture_rows():
        assert not one.closed_by or f'<th scope="row">{one.closed_by}</th>' in page


def test_every_picture_has_a_title_a_description_and_its_numbers(page: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert len(charts) == 6
    for chart in charts:
        labels = re.search(r'aria-labelledby="(\w+) (\w+)"', chart)
        assert labels
        for label in labels.groups():
            assert re.search(rf'id="{label}">[^<]+<', chart)
    ids = [attributes["id"] for _, attributes in Reader(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_population_without_any_card_is_said_to_be_so(tmp_path: Path) -> None:
    closed = row(closed_by="G3: no leg soreness reported", cards=[])
    text = Reader(written(tmp_path, "html", [closed]).decode()).text
    assert "No patient has a card." in text
    assert "No patient to draw." in text


def test_a_large_page_stays_below_a_megabyte_for_a_thousand_patients(tmp_path: Path) -> None:
    """The worst case: nearly everybody has a card."""
    page = written(tmp_path, "html", many(2_000)).decode()
    assert len(page.encode()) < 2_000_000
    drawn = page.count('<svg class="tl"')
    found = worklist(page)
    assert 0 < drawn < len(found)
    assert f"Timelines are drawn for the {drawn} most urgent" in page
    lines = re.findall(r'<tr id="p\d+">.*?</tr>', page, re.DOTALL)
    assert ["<svg" in line for line in lines] == [True] * drawn + [False] * (len(found) - drawn)
    assert {"critical"} == {urgency for _, urgency in found[:50]}
