"""A patient's chart as the demo EHR shows it: rows of text, made of FHIR resources."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from cds_service.demo.fhir_client import FhirClient
from cds_service.demo.records import Resource
from cds_service.forms import Form
from cds_service.forms.answers import Answers, PartialDate, Value
from cds_service.web.pages.language import gettext
from cds_service.wording import translatable

_MEDICINES = ("MedicationRequest", "MedicationStatement")
_ORDERS = ("ServiceRequest", "Task")
_STATES = {
    translatable("active"),
    translatable("confirmed"),
    translatable("differential"),
    translatable("draft"),
    translatable("not-taken"),
    translatable("requested"),
    translatable("stopped"),
}
_GENDERS = {translatable("female"), translatable("male"), translatable("unknown")}


class Row(msgspec.Struct, frozen=True):
    """One line of a table; `value` is a result, a dose or a state."""

    what: str
    value: str
    when: str


class Chart(msgspec.Struct, frozen=True):
    """What the page shows of a patient. `soreness` is the newest form, question by question."""

    name: str
    about: str
    problems: list[Row]
    medicines: list[Row]
    findings: list[Row]
    orders: list[Row]
    soreness: list[Row]
    reported: str


def read_chart(client: FhirClient, patient: Resource, form: Form) -> Chart:
    """The chart of a patient, asked of the FHIR server."""

    def found(kind: str, more: str = "") -> Iterator[Resource]:
        return client.search(f"{kind}?patient={patient['id']}{more}")

    newest = newest_answers(client, patient["id"])
    return Chart(
        name=name_of(patient),
        about=_about(patient),
        problems=[_row(one, _status(one), one.get("recordedDate")) for one in found("Condition")],
        medicines=[_medicine(client, one) for kind in _MEDICINES for one in found(kind)],
        findings=[_finding(one) for one in found("Observation", "&_sort=-date")],
        orders=[_order(one) for kind in _ORDERS for one in found(kind)],
        soreness=list(_said(form, answers_in(newest))),
        reported=_written(newest.get("authored")),
    )


def _about(patient: Resource) -> str:
    gender = patient.get("gender", "unknown")
    said = gettext(gender) if gender in _GENDERS else gender
    born = gettext("born {date}").format(date=patient.get("birthDate"))
    return f"{said}, {born}" if "birthDate" in patient else said


def name_of(patient: Resource) -> str:
    """The name of a patient, as it is written in lists."""
    name = (patient.get("name") or [{}])[0]
    given = " ".join(name.get("given", []))
    return ", ".join(part for part in (name.get("family", ""), given) if part) or patient["id"]


def newest_answers(client: FhirClient, patient: str) -> Resource:
    """The QuestionnaireResponse that was saved last, {} for none."""
    found = client.search(f"QuestionnaireResponse?patient={patient}&_sort=-authored")
    return max(found, key=lambda one: (one.get("authored", "")[:10], one["meta"]["lastUpdated"]), default={})


def answers_in(response: Mapping[str, Any]) -> Answers:
    """What a QuestionnaireResponse says, as answers to a form."""
    return dict(_answers(response.get("item", [])))


def _answers(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    for item in items:
        given = tuple(_value(answer) for answer in item.get("answer", []))
        if given:
            yield item["linkId"], given
        yield from _answers(item.get("item", []))


def _value(answer: Mapping[str, Any]) -> Value:
    (kind, value) = next((name, value) for name, value in answer.items() if name.startswith("value"))
    if kind == "valueCoding":
        return str(value["code"])
    if kind == "valueDate":
        return PartialDate(*(int(part) for part in value.split("-")))
    if kind == "valueDateTime":
        return PartialDate(*(int(part) for part in value[:10].split("-")))
    return int(value) if kind == "valueInteger" else str(value)


def _said(form: Form, answers: Answers) -> Iterator[Row]:
    for item in form.walk():
        values = answers.get(item.linkId, ())
        if values:
            shown = [
                gettext(item.codings[value].display) if value in item.codings else str(value)
                for value in values
            ]
            yield Row(gettext(item.text), ", ".join(shown), "")


def _medicine(client: FhirClient, resource: Resource) -> Row:
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        reference = resource.get("medicationReference", {})
        medication = client.read(reference.get("reference", "")) or {}
        concept = {"text": reference.get("display") or _text(medication.get("code"))}
    since = resource.get("authoredOn") or resource.get("effectivePeriod", {}).get("start")
    return Row(_text(concept), _state(resource.get("status", "")), _written(since))


def _order(resource: Resource) -> Row:
    return _row(resource, _state(resource["status"]), resource.get("authoredOn"))


def _finding(resource: Resource) -> Row:
    return _row(resource, _result(resource), resource.get("effectiveDateTime"))


def _result(resource: Resource) -> str:
    if quantity := resource.get("valueQuantity"):
        unit = quantity.get("unit") or quantity.get("code", "")
        return f"{quantity.get('comparator', '')}{quantity['value']} {unit}"
    if concept := resource.get("valueCodeableConcept"):
        return _text(concept)
    return str(resource.get("valueString", ""))


def _row(resource: Resource, value: str, when: str | None) -> Row:
    return Row(_text(resource.get("code")), value, _written(when))


def _status(resource: Resource) -> str:
    states = (resource.get("clinicalStatus"), resource.get("verificationStatus"))
    return ", ".join(_state(_text(state)) for state in states if state)


def _state(word: str) -> str:
    return gettext(word) if word in _STATES else word


def _text(concept: Mapping[str, Any] | None) -> str:
    coding = ((concept or {}).get("coding") or [{}])[0]
    said = (concept or {}).get("text") or coding.get("display") or coding.get("code")
    return str(said or gettext("no name"))


def _written(when: str | None) -> str:
    return (when or "")[:10]


def age_text(patient: Resource) -> str:
    """The age in years, "" where the birth date is not known to the day."""
    try:
        born = date.fromisoformat(patient.get("birthDate", ""))
    except ValueError:
        return ""
    today = datetime.now(UTC).date()
    return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
