"""The part of FHIR R4 Questionnaire a form can be made of.

Items: group, display, choice (answerOption of Codings), integer, date, dateTime, text. `repeats` for
choices only. `enableWhen` with exists, =, !=, <, <=, >, >= on Codings, integers and booleans, and
`enableBehavior`. The extensions minValue and maxValue bound integers.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

SHORT_SCALE = 11  # so many whole numbers can be offered as buttons

_Kind = Literal["group", "display", "choice", "integer", "date", "dateTime", "text"]
_Operator = Literal["exists", "=", "!=", "<", "<=", ">", ">="]


class FormError(ValueError):
    """The Questionnaire needs what forms do not have; the message names the place."""


class Coding(msgspec.Struct, frozen=True):
    """One answer that can be chosen."""

    code: str
    system: str = ""
    display: str = ""


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answerOption."""

    valueCoding: Coding


class Enabling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One enableWhen: a question, an operator, and an answer of one type."""

    question: str
    operator: _Operator
    answerCoding: Coding | None = None
    answerInteger: int | None = None
    answerBoolean: bool | None = None

    @property
    def answer(self) -> str | int | bool:
        """What the answer to the question is compared with; of a Coding its code."""
        if self.answerCoding is not None:
            return self.answerCoding.code
        return self.answerInteger if self.answerInteger is not None else bool(self.answerBoolean)


class Extension(msgspec.Struct, frozen=True):
    """An extension as far as it bounds a number; others are for other readers."""

    url: str
    valueInteger: int | None = None


class Item(msgspec.Struct, frozen=True):
    """One item of the Questionnaire, with those below it."""

    linkId: str
    type: _Kind
    text: str = ""
    repeats: bool = False
    required: bool = False
    maxLength: int | None = None
    enableWhen: list[Enabling] = []
    enableBehavior: Literal["all", "any"] = "all"
    answerOption: list[Option] = []
    extension: list[Extension] = []
    item: list["Item"] = []

    @property
    def codings(self) -> dict[str, Coding]:
        """The answers that can be chosen, by code."""
        return {option.valueCoding.code: option.valueCoding for option in self.answerOption}

    @property
    def lowest(self) -> int | None:
        """The least number allowed."""
        return self._bound("minValue")

    @property
    def highest(self) -> int | None:
        """The greatest number allowed."""
        return self._bound("maxValue")

    @property
    def scale(self) -> range:
        """The numbers, where they are few enough to be offered one by one; else empty."""
        if self.type != "integer" or self.lowest is None or self.highest is None:
            return range(0)
        numbers = range(self.lowest, self.highest + 1)
        return numbers if len(numbers) <= SHORT_SCALE else range(0)

    def _bound(self, name: str) -> int | None:
        found = (part.valueInteger for part in self.extension if part.url.endswith(f"/{name}"))
        return next(found, None)

    def walk(self) -> Iterator["Item"]:
        """The item and all below it, in their order."""
        yield self
        for inner in self.item:
            yield from inner.walk()


class Form(msgspec.Struct, frozen=True):
    """A Questionnaire that can be shown."""

    url: str
    version: str
    title: str
    item: list[Item]

    @property
    def canonical(self) -> str:
        """What `QuestionnaireResponse.questionnaire` says."""
        return f"{self.url}|{self.version}"

    def walk(self) -> Iterator[Item]:
        """Every item in its order."""
        for item in self.item:
            yield from item.walk()

    def by_link_id(self) -> dict[str, Item]:
        """Every item by its linkId."""
        return {item.linkId: item for item in self.walk()}


def read_questionnaire(raw: bytes | str) -> Form:
    """A Questionnaire as a form.

    Raises `FormError` naming the item that is unclear, double, or needs what is not supported.
    """
    try:
        form = msgspec.json.decode(raw, type=Form)
    except msgspec.MsgspecError as error:
        raise FormError(f"the Questionnaire cannot be shown as a form: {error}") from error
    known = form.by_link_id()
    items = list(form.walk())
    if len(known) != len(items):
        links = [item.linkId for item in items]
        raise FormError(f"linkId {next(link for link in links if links.count(link) > 1)!r} stands twice")
    for item in items:
        _check(item, known)
    return form


def _check(item: Item, known: dict[str, Item]) -> None:
    if item.type == "choice" and not item.answerOption:
        raise FormError(f"{item.linkId!r} is a choice without answerOption; value sets are not expanded")
    if item.repeats and item.type != "choice":
        raise FormError(f"{item.linkId!r} repeats; only a choice may")
    if item.type in ("group", "display") and item.required:
        raise FormError(f"{item.linkId!r} is required, but nothing is asked there")
    for enabling in item.enableWhen:
        if enabling.question not in known:
            raise FormError(f"{item.linkId!r} depends on {enabling.question!r}, which is not in the form")
        if enabling.question in {inner.linkId for inner in item.walk()}:
            raise FormError(f"{item.linkId!r} depends on itself")
