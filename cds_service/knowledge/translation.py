"""Knowledge in another language: every text translated when it is loaded, none when a card is made.

Rules, numbers, versions and codes stay as they are, so that a card says the same in every language.
`translate` is also how the texts that need a translation are found: it asks for each of them.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import asdict, fields, replace

from cds_service.knowledge.catalogue import Action, Suggestion
from cds_service.knowledge.glossary import Glossary, patterns
from cds_service.knowledge.names import names
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.placeholders import PLACEHOLDER
from cds_service.knowledge.rules import Cause, Sign, Texts
from cds_service.knowledge.templates import Text

if TYPE_CHECKING:
    from cds_service.knowledge import Knowledge

Say = Callable[[str, str], str]
"""A text, and the file it stands in below `cards/`, to its translation; the text itself without one."""
R = TypeVar("R", Cause, Sign)
S = TypeVar("S", bound=msgspec.Struct)

_SHOWN_MEMBERS = ("text", "description")  # of a proposed resource, shown beside its codes
_NEVER = frozenset({"url", "date", "number", "uses"})


def translate(knowledge: "Knowledge", say: Say, language: str) -> "Knowledge":
    """The knowledge with every text as `say` gives it; `language` is a BCP 47 tag."""
    phrases = _phrases(knowledge, say)
    ranking, notice, reasons = knowledge.ranking, knowledge.notice, knowledge.override_reasons
    return replace(
        knowledge,
        language=language,
        phrases=phrases,
        gaps=_all(knowledge.gaps, say, "text/gaps.yaml"),
        causes={name: _rule(rule, say, phrases, f"causes/{name}") for name, rule in knowledge.causes.items()},
        signs={name: _rule(rule, say, phrases, f"signs/{name}") for name, rule in knowledge.signs.items()},
        ranking=replace(
            _members(ranking, say, "ranking.yaml", "title", "summaries", "sources_of_data", "benign"),
            **_said(ranking, say, "ranking.yaml", "stale", "label", "limits"),
            texts=_texts(ranking.texts, say, phrases, "ranking.yaml"),
        ),
        notice=replace(
            _members(notice, say, "notice.yaml", "title", "summary"),
            unchecked=_members(notice.unchecked, say, "notice.yaml", "summary", "in_doubt"),
        ),
        override_reasons=_members(reasons, say, "override_reasons.yaml", "reasons"),
        suggestions=[_suggestion(offer, say) for offer in knowledge.suggestions],
        services={
            name: _members(service, say, "services.yaml", "title", "description", "usage_requirements")
            for name, service in knowledge.services.items()
        },
        pictures=replace(knowledge.pictures, words=_all(knowledge.pictures.words, say, "text/timeline.yaml")),
        attributes=_all(knowledge.attributes, say, "attributes.yaml"),
        texts={name: _lines(text, say, f"text/{name}") for name, text in knowledge.texts.items()},
    )


def has_words(text: str) -> bool:
    """Whether a text says anything beside what is filled in."""
    return any(letter.isalpha() for letter in PLACEHOLDER.sub("", text))


def _phrases(knowledge: "Knowledge", say: Say) -> Phrases:
    file = "text/phrases.yaml"
    written = {name: text for name, text in asdict(knowledge.phrases).items() if name != "glossary"}
    said = {name: _text(text, say, file) for name, text in written.items()}
    months = zip(written["months"].split(), said["months"].split(), strict=True)
    known = {word: _text(word, say, place) for place, word in names(knowledge)} | dict(months)
    remarks = [(remark, _text(remark, say, "text/remarks.yaml")) for remark in knowledge.remarks]
    return Phrases(**said, glossary=Glossary(known, patterns(remarks)))


def _rule(rule: R, say: Say, phrases: Phrases, place: str) -> R:
    file = f"{place}.yaml"
    return replace(
        _members(rule, say, file, "title", "evidence", "limits"),
        texts=_texts(rule.texts, say, phrases, file),
    )


def _texts(texts: Texts, say: Say, phrases: Phrases, file: str) -> Texts:
    """Templates, still found under their English source."""
    return Texts({source: Text(_text(source, say, file), phrases.conjunction) for source in texts})


def _suggestion(suggestion: Suggestion, say: Say) -> Suggestion:
    file = "suggestions.yaml"
    label = _text(suggestion.label, say, file)
    return replace(suggestion, label=label, actions=[_action(one, say, file) for one in suggestion.actions])


def _action(action: Action, say: Say, file: str) -> Action:
    resource = _resource(action.resource, say, file)
    return replace(
        _members(action, say, file, "description"),
        resource=resource,
        template=msgspec.json.encode(resource).decode(),
    )


def _resource(value: Any, say: Say, file: str) -> Any:
    """A proposed resource; the names its codes have in their code systems stay."""
    if isinstance(value, list):
        return [_resource(one, say, file) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _text(one, say, file)
        if key in _SHOWN_MEMBERS and isinstance(one, str)
        else _resource(one, say, file)
        for key, one in value.items()
    }


def _members(struct: S, say: Say, file: str, *names: str) -> S:
    """Some members of a struct translated: texts, lists of texts, or mappings to texts."""
    return replace(struct, **_said(struct, say, file, *names))


def _said(struct: msgspec.Struct, say: Say, file: str, *names: str) -> dict[str, Any]:
    return {name: _deep(getattr(struct, name), say, file) for name in names}


def _all(struct: S, say: Say, file: str) -> S:
    """Every text of a struct, however deep."""
    wanted = [field.name for field in fields(struct) if field.name not in _NEVER]
    return _members(struct, say, file, *wanted)


def _deep(value: Any, say: Say, file: str) -> Any:
    match value:
        case str():
            return _text(value, say, file)
        case msgspec.Struct():
            return _all(value, say, file)
        case list() | tuple():
            return type(value)(_deep(one, say, file) for one in value)
        case dict():
            return {key: _deep(one, say, file) for key, one in value.items()}
    return value


def _text(text: str, say: Say, file: str) -> str:
    return say(text, file) if has_words(text) else text


def _lines(text: str, say: Say, file: str) -> str:
    """The body of a card, line by line: the lines with words of their own."""
    return "".join(_spoken(text, say, file))


def _spoken(text: str, say: Say, file: str) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        words = line.strip()
        yield line.replace(words, _text(words, say, file)) if words else line
