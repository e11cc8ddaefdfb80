"""The items of the Questionnaire, and how an answer to one of them is recognised."""

import math
from pathlib import Path

import msgspec

from cds_service.knowledge.files import questionnaire_file
from cds_service.knowledge.systems import load_systems
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml
from cds_service.yaml_text import Place


class Item(msgspec.Struct, frozen=True):
    """One item: its FHIR type; for a choice, the answer codes it allows; for a number, its bounds."""

    link_id: str
    type: str
    text: str
    answers: frozenset[str]
    lowest: float
    highest: float
    repeats: bool


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meaning as codes (`system|code`) and as text."""

    codes: frozenset[str]
    words: frozenset[str]


class ItemRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`vocabulary/items.yaml`: which item asks what, and which values affirm, deny or name a side."""

    reported: str
    onset: str
    pregnant: str
    panel: str
    loinc: dict[str, str]
    free_text: frozenset[str]
    not_answered: frozenset[str]
    affirmative: frozenset[str]
    negative: frozenset[str]
    affirmed: Words
    denied: Words
    unknown: Words
    negating: frozenset[str]
    left: Words
    right: Words
    both: Words
    leg: Words
    leg_part: Words
    elsewhere: Words
    male: Words
    female: Words


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """`by_link_id` in the order of the Questionnaire; `by_answer` where one item alone has the answer.

    `asked` maps (system URL, code) of other systems to the item they ask, `answer_texts` the display
    texts of the answers, folded, to their codes. `canonical` is the last segment of the
    Questionnaire's URL.
    """

    by_link_id: dict[str, Item]
    by_answer: dict[str, str]
    asked: dict[tuple[str, str], str]
    answer_texts: dict[str, str]
    canonical: str
    rules: ItemRules


class _Coding(msgspec.Struct):
    code: str
    display: str = ""


class _Option(msgspec.Struct):
    valueCoding: _Coding


class _Extension(msgspec.Struct):
    url: str
    valueInteger: int | None = None


class _Entry(msgspec.Struct):
    linkId: str
    type: str
    text: str = ""
    repeats: bool = False
    extension: list[_Extension] = []
    answerOption: list[_Option] = []
    item: list["_Entry"] = []


class _Questionnaire(msgspec.Struct):
    url: str
    item: list[_Entry]


def load_items(cards: Path) -> Items:
    """Read `vocabulary/items.yaml` and the Questionnaire.

    Raises `KnowledgeError` when items.yaml names an item the Questionnaire does not have.
    """
    form = msgspec.json.decode(questionnaire_file(cards).read_bytes(), type=_Questionnaire)
    entries = _flat(form.item)
    by_link_id = {entry.linkId: _item(entry) for entry in entries}
    source = read_yaml(cards / "vocabulary" / "items.yaml")
    rules = typed(source, (), source.data, ItemRules)
    _check_names(source, rules, by_link_id)
    options = [option.valueCoding for entry in entries for option in entry.answerOption]
    return Items(
        by_link_id=by_link_id,
        by_answer=_unique_answers(by_link_id),
        asked={
            (url, code): item for code, item in rules.loinc.items() for url in load_systems(cards)["loinc"]
        },
        answer_texts={option.display.casefold(): option.code for option in options if option.display},
        canonical=form.url.rpartition("/")[2],
        rules=rules,
    )


def _flat(entries: list[_Entry]) -> list[_Entry]:
    found: list[_Entry] = []
    for entry in entries:
        if entry.type not in ("group", "display"):
            found.append(entry)
        found.extend(_flat(entry.item))
    return found


def _item(entry: _Entry) -> Item:
    answers = frozenset(option.valueCoding.code for option in entry.answerOption)
    return Item(
        link_id=entry.linkId,
        type=entry.type,
        text=entry.text,
        answers=answers,
        lowest=_bound(entry, "minValue", 0),
        highest=_bound(entry, "maxValue", math.inf),
        repeats=entry.repeats,
    )


def _bound(entry: _Entry, name: str, default: float) -> float:
    bounds = [part.valueInteger for part in entry.extension if part.url.endswith(f"/{name}")]
    return next((float(bound) for bound in bounds if bound is not None), default)


def _unique_answers(items: dict[str, Item]) -> dict[str, str]:
    askers: dict[str, list[str]] = {}
    for item in items.values():
        for answer in item.answers:
            askers.setdefault(answer, []).append(item.link_id)
    return {answer: links[0] for answer, links in askers.items() if len(links) == 1}


def _check_names(source: Source, rules: ItemRules, items: dict[str, Item]) -> None:
    named: dict[Place, str] = {
        ("reported",): rules.reported,
        ("onset",): rules.onset,
        ("pregnant",): rules.pregnant,
    }
    named |= {("loinc", code): item for code, item in rules.loinc.items()}
    for path, name in named.items():
        if name not in items:
            raise source.error(path, f"the Questionnaire has no item {name!r}{near_miss(name, items)}")
