"""A Questionnaire as a form: what is asked, what is understood, what is sent."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from cds_service.forms import (
    Form,
    FormError,
    PartialDate,
    answers_of,
    enabled_items,
    fields_of,
    questionnaire_response,
    read_questionnaire,
    read_submission,
)
from cds_service.knowledge import load
from cds_service.knowledge.files import questionnaire_file
from cds_service.reading import Pool, read_chart

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def form() -> Form:
    return read_questionnaire(questionnaire_file().read_bytes())


def submit(form: Form, fields: dict[str, Any]) -> Any:
    return read_submission(form, MultiDict(fields), TODAY)


def with_date(day: str, month: str, year: str) -> dict[str, str]:
    return {"present": "yes", "onset.day": day, "onset.month": month, "onset.year": year}


def minimal(**item: Any) -> str:
    return json.dumps(
        {
            "resourceType": "Questionnaire",
            "url": "u",
            "version": "1",
            "title": "t",
            "item": [{"linkId": "a", "type": "integer"}, {"linkId": "b", "type": "integer", **item}],
        }
    )


def test_at_first_only_the_opening_questions_are_asked(form: Form) -> None:
    assert enabled_items(form, {}) == {"present", "pregnant"}


def test_an_answer_opens_the_questions_that_follow_from_it(form: Form) -> None:
    asked = enabled_items(form, {"present": ("yes",), "cramp.night": ("yes",)})

    assert {"group.main", "onset", "cramp.minutes"} <= asked
    assert not {"warn.urgent-advice", "activity.when"} & asked


def test_a_warning_answer_shows_the_advice_at_once(form: Form) -> None:
    assert "warn.urgent-advice" in enabled_items(form, {"present": ("yes",), "warn.urine": ("yes",)})


def test_hiding_a_question_hides_what_follows_from_its_answer(form: Form) -> None:
    answers = {"present": ("no",), "cramp.night": ("yes",)}

    assert "cramp.minutes" not in enabled_items(form, answers)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(("", "08", "2026"), "2026-08"), (("5", "8", "2026"), "2026-08-05"), (("", "", "2025"), "2025")],
)
def test_a_rough_date_is_kept_as_rough_as_it_is(form: Form, typed: tuple[str, str, str], kept: str) -> None:
    submission = submit(form, with_date(*typed))

    assert str(submission.answers["onset"][0]) == kept
    assert not submission.problems


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("31", "2", "2026"), "no such date"),
        (("", "13", "2026"), "no such date"),
        (("5", "", "2026"), "month"),
        (("5", "8", ""), "year"),
        (("", "12", "2026"), "future"),
        (("23", "11", "2026"), "future"),
        (("x", "8", "2026"), "numbers"),
        (("", "0", "2026"), "numbers"),
        (("", "8", "26"), "four digits"),
    ],
)
def test_a_date_that_cannot_be_is_explained(form: Form, typed: tuple[str, str, str], told: str) -> None:
    submission = submit(form, with_date(*typed))

    assert told in submission.problems["onset"].text
    assert "onset" not in submission.answers
    assert list(submission.typed["onset.day"]) == [typed[0]]


def test_a_problem_of_a_question_that_is_not_asked_is_no_problem(form: Form) -> None:
    assert not submit(form, with_date("31", "2", "2026") | {"present": "no"}).problems


@pytest.mark.parametrize(
    ("number", "fine"), [("0", True), ("480", True), ("481", False), ("-1", False), ("ten", False)]
)
def test_numbers_stay_within_their_bounds(form: Form, number: str, fine: bool) -> None:
    submission = submit(form, {"present": "yes", "stiffness-min": number})

    assert (
        submission.answers.get("stiffness-min") == (int(number),)
        if fine
        else "stiffness-min" in submission.problems
    )


def test_an_answer_that_was_not_offered_is_refused(form: Form) -> None:
    assert "side" in submit(form, {"present": "yes", "side": "<script>"}).problems


def test_the_response_is_valid_fhir_and_nested_as_the_form_is(form: Form) -> None:
    submission = submit(
        form, with_date("", "08", "2026") | {"side": "both", "site": ["thigh", "calf"], "severity": "6"}
    )
    response = json.loads(questionnaire_response(form, submission.answers, "Patient/p1", NOW))

    assert response["questionnaire"] == form.canonical
    (main,) = (item for item in response["item"] if item["linkId"] == "group.main")
    answers = {item["linkId"]: item["answer"] for item in main["item"]}
    assert answers["onset"] == [{"valueDate": "2026-08"}]
    assert answers["severity"] == [{"valueInteger": 6}]
    assert [answer["valueCoding"]["code"] for answer in answers["site"]] == ["thigh", "calf"]


def test_what_is_sent_is_read_back_as_it_was_answered(form: Form) -> None:
    fields = with_date("", "08", "2026") | {
        "side": "both",
        "site": ["thigh", "calf"],
        "severity": "6",
        "cramp.night": "no",
    }
    answers = submit(form, fields).answers
    knowledge = load()
    pool = Pool("p1", declared=())
    pool.add("questionnaireResponses", questionnaire_response(form, answers, "Patient/p1", NOW).encode())
    pool.add("patient", b'{"resourceType":"Patient","id":"p1","birthDate":"1970-01-01"}')
    chart = read_chart(pool, NOW, knowledge.vocabulary, knowledge.reading)

    assert answers_of(chart, form) == answers


def test_the_fields_of_known_answers_give_the_same_answers(form: Form) -> None:
    answers = submit(form, with_date("5", "8", "2026") | {"site": ["thigh", "calf"], "severity": "6"}).answers

    assert read_submission(form, MultiDict(fields_of(form, answers)), TODAY).answers == answers


@given(
    st.dictionaries(
        st.sampled_from(
            ["present", "side", "severity", "onset.day", "onset.month", "onset.year", "meds.new"]
        ),
        st.text(max_size=12),
    )
)
def test_no_submission_is_too_strange(fields: dict[str, str]) -> None:
    form = read_questionnaire(questionnaire_file().read_bytes())
    submission = read_submission(form, MultiDict(fields), TODAY)

    questionnaire_response(form, submission.answers, "Patient/p1", NOW)
    assert not submission.answers.keys() & submission.problems.keys()


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(["day", "month", "year"]))
def test_a_partial_date_spans_what_it_may_mean(day: date, exact: str) -> None:
    written = PartialDate(day.year, day.month if exact != "year" else 0, day.day if exact == "day" else 0)

    assert written.first <= day <= written.last


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"type": "choice"}, "answerOption"),
        ({"type": "attachment"}, "attachment"),
        ({"repeats": True}, "repeats"),
        ({"enableWhen": [{"question": "c", "operator": "exists", "answerBoolean": True}]}, "'c'"),
        ({"enableWhen": [{"question": "b", "operator": "exists", "answerBoolean": True}]}, "itself"),
        ({"enableWhen": [{"question": "a", "operator": "~", "answerInteger": 1}]}, "~"),
        ({"enableWhen": [{"question": "a", "operator": "=", "answerQuantity": {}}]}, "answerQuantity"),
        ({"linkId": "a"}, "twice"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(item: dict[str, Any], told: str) -> None:
    with pytest.raises(FormError, match=told):
        read_questionnaire(minimal(**item))


@pytest.mark.parametrize(
    ("operator", "wanted", "given_number", "asked"),
    [
        ("<", 3, 2, True),
        ("<", 3, 3, False),
        ("<=", 3, 3, True),
        (">", 3, 3, False),
        (">=", 3, 3, True),
        ("!=", 3, 2, True),
        ("=", 3, 2, False),
    ],
)
def test_numbers_are_compared(operator: str, wanted: int, given_number: int, asked: bool) -> None:
    form = read_questionnaire(
        minimal(enableWhen=[{"question": "a", "operator": operator, "answerInteger": wanted}])
    )

    assert ("b" in enabled_items(form, {"a": (given_number,)})) is asked
    assert "b" not in enabled_items(form, {})
