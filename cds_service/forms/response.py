"""Answers as a FHIR R4 QuestionnaireResponse, validated."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cds_service.compose.resources import validate
from cds_service.forms.answers import Answers, PartialDate, Value
from cds_service.forms.questionnaire import Form, Item


def questionnaire_response(
    form: Form, answers: Answers, patient: str, authored: datetime, author: str = ""
) -> str:
    """The QuestionnaireResponse as JSON; groups stand where they stand in the form.

    `patient` and `author` are references. Raises `pydantic.ValidationError` when it would not be valid.
    """
    response: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": form.canonical,
        "status": "completed",
        "subject": {"reference": patient},
        "authored": authored.astimezone(UTC).isoformat(timespec="seconds"),
        "item": list(_items(form.item, answers)),
    }
    if author:
        response["author"] = {"reference": author}
    if not response["item"]:
        del response["item"]
    return validate(response)


def _items(items: list[Item], answers: Answers) -> Iterator[dict[str, Any]]:
    for item in items:
        inner = list(_items(item.item, answers))
        values = [_value(item, value) for value in answers.get(item.linkId, ())]
        if not inner and not values:
            continue
        said: dict[str, Any] = {"linkId": item.linkId, "text": item.text}
        if values:
            said["answer"] = values
        if inner:
            said["item"] = inner
        yield said


def _value(item: Item, value: Value) -> dict[str, Any]:
    if isinstance(value, PartialDate):
        return {"valueDate" if item.type == "date" else "valueDateTime": str(value)}
    if isinstance(value, int):
        return {"valueInteger": value}
    if item.type != "choice":
        return {"valueString": value}
    coding = item.codings[value]
    return {"valueCoding": {"system": coding.system, "code": coding.code, "display": coding.display}}
