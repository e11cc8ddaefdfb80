"""What holds for every answer, whatever the patient (CONTRACT.md 3 and 8, CDS Hooks 2.0.1)."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from markdown_it import MarkdownIt

from cds_service.knowledge.files import cards_dir
from tests.scenarios.codes import Json
from tests.scenarios.expectations import suggested
from tests.scenarios.to_fhir import SERVICES

PRIORITY = ["critical", "warning", "info"]
CARD_MEMBERS = {
    "uuid",
    "summary",
    "detail",
    "indicator",
    "source",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
    "extension",
}
ACTIVE_CAUSES = sorted(
    file.stem for file in (cards_dir() / "causes").glob("*.yaml") if "\nstatus: active" in file.read_text()
)
FINGERPRINT = "example.leg-soreness.fingerprint"
RANKING = "example.leg-soreness.ranking"
KNOWLEDGE = "example.leg-soreness.knowledge"
FORBIDDEN = re.compile(r"probability|risk of|diagnosis", re.IGNORECASE)
ORDER_CARDS = {"ls-ddi", "ls-fq", "ls-pregnancy"}
# directional marks, and control characters other than the line feed
INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u0000-\u0009\u000b-\u001f\u007f-\u009f]")
UNFILLED = re.compile(r"[{}]|\|listed")
SEMVER = re.compile(r"\d+\.\d+\.\d+")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def check(answer: Json, patient: str) -> None:
    """Every rule on one answer about `patient` (its id)."""
    assert set(answer) == {"cards"}
    assert len(answer["cards"]) <= 5
    ranks = [PRIORITY.index(card["indicator"]) for card in answer["cards"]]
    assert ranks == sorted(ranks)
    for card in answer["cards"]:
        _check_card(card)
    for resource in suggested(answer):
        _check_resource(resource, patient)


def _check_card(card: Json) -> None:
    assert not list(empties(card))
    assert set(card) <= CARD_MEMBERS
    assert uuid.UUID(card["uuid"]).version == 5
    assert 1 <= len(card["summary"]) <= 139
    assert "\n" not in card["summary"]
    assert card["source"]["label"]
    knowledge = card["extension"][KNOWLEDGE]
    assert knowledge["rule"]
    assert SEMVER.fullmatch(knowledge["version"])
    assert knowledge["knowledgeVersion"]
    assert isinstance(card["extension"][FINGERPRINT], str)
    for suggestion in card.get("suggestions", []):
        _check_suggestion(card, suggestion)
    for reason in card.get("overrideReasons", []):
        assert {"code", "system", "display"} <= set(reason)
    for link in card.get("links", []):
        assert link["url"].startswith(("https://", "http://leg-soreness.example/", "http://127.0.0.1"))
        assert link["type"] in {"absolute", "smart"}
    for text in texts(card):
        check_text(text)
    check_ranking(card)


def _check_suggestion(card: Json, suggestion: Json) -> None:
    assert card["selectionBehavior"] in {"any", "at-most-one"}
    assert suggestion["label"]
    assert suggestion["actions"]
    for action in suggestion["actions"]:
        assert action["type"] == "create"
        assert action["description"]
        assert not action["resource"]["resourceType"].startswith("Medication")


def _check_resource(resource: Json, patient: str) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    subject = resource.get("subject") or resource["for"]
    assert subject["reference"] == f"Patient/{patient}"


def check_ranking(card: Json) -> None:
    """The ranking belongs to ls-causes alone: every cause once, supported ones first, no evidence twice."""
    found = card["extension"].get(RANKING)
    assert (found is not None) == (card["source"]["topic"]["code"] == "ls-causes")
    if found is None:
        return
    names = [cause["cause"] for cause in found["causes"]]
    assert sorted(names) == ACTIVE_CAUSES
    tiers = ["strong", "moderate", "weak"]
    ranks = [tiers.index(cause["tier"]) if cause["tier"] in tiers else 3 for cause in found["causes"]]
    assert ranks == sorted(ranks)
    for cause in found["causes"]:
        assert set(cause) == {"cause", "tier", "points", "raisedBy", "loweredBy", "evidence"}
        assert len(set(cause["evidence"])) == len(cause["evidence"])
        assert cause["tier"] not in tiers or cause["points"] > 0


def texts(card: Json) -> Iterator[str]:
    """Everything a clinician reads on a card."""
    yield card["summary"]
    if "detail" in card:
        yield card["detail"]
    for suggestion in card.get("suggestions", []):
        yield suggestion["label"]
        yield from (action["description"] for action in suggestion["actions"])
    for named in (*card.get("overrideReasons", []), card["source"]["topic"]):
        yield named.get("display", "")
    for link in card.get("links", []):
        yield link["label"]


def check_filled(answer: Json) -> None:
    """No template is left unfilled; only for records whose own text has no braces."""
    for card in answer["cards"]:
        for text in texts(card):
            assert not UNFILLED.search(text), text


def check_text(text: str) -> None:
    """No word that must not stand on a card, no live HTML, no image, nothing invisible."""
    assert not FORBIDDEN.search(text)
    assert not INVISIBLE.search(text)
    for token in _tokens(text):
        assert token.type not in {"html_block", "html_inline", "image"}, token.content
        href = str(token.attrGet("href") or "https://")
        assert href.startswith(("https://", "http://leg-soreness.example/")), href


def _tokens(text: str) -> Iterator[Any]:
    for token in _MARKDOWN.parse(text):
        yield token
        yield from token.children or []


def links(text: str) -> set[str]:
    """Where a Markdown text leads a reader, links written bare included."""
    written = {str(token.attrGet("href")) for token in _tokens(text) if token.attrGet("href")}
    return written | set(re.findall(r"(?:https?://|ftp://|www\.)[^\s)>]+", text))


def empties(value: Any, path: str = "") -> Iterator[str]:
    """Places of null, "", [] and {} (CDS Hooks: an optional member without a value is left out).

    The ranking has a shape of its own, in which a cause may have no points and no facts.
    """
    if value is None or value in ("", [], {}):
        yield path
    elif isinstance(value, dict):
        for name, member in value.items():
            if name != RANKING:
                yield from empties(member, f"{path}.{name}")
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from empties(member, f"{path}[{place}]")


def identity(answer: Json) -> dict[str, tuple[str, str]]:
    """Card id -> uuid and fingerprint."""
    return {
        card["source"]["topic"]["code"]: (card["uuid"], card["extension"][FINGERPRINT])
        for card in answer["cards"]
    }


def without_identity(answer: Json) -> list[Json]:
    """The cards without what depends on the hookInstance, or on where the service answers."""
    cards = [_strip(card) for card in answer["cards"]]
    for card in cards:
        card["source"].pop("url", None)
    return cards


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strip(member) for name, member in value.items() if name != "uuid"}
    return [_strip(member) for member in value] if isinstance(value, list) else value


def service_ids() -> list[str]:
    """The ids of the four services."""
    return list(SERVICES.values())
