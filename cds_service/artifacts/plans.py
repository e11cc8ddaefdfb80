"""Rules as PlanDefinitions: conditions in words, points and cards as actions."""

from collections.abc import Iterator, Sequence

from cds_service.artifacts.metadata import Artifact, Publication, identifier_of
from cds_service.knowledge.catalogue import Suggestion
from cds_service.knowledge.rules import Cause, Firing, FirstOf, Point, Sign, Way
from cds_service.rulebook.clause_words import in_words
from cds_service.rulebook.spoken import spoken

_ECA_RULE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/plan-definition-type", "code": "eca-rule"}]
}
_PRIORITY = {"critical": "stat", "warning": "urgent", "info": "routine"}
_LANGUAGE = "text/plain"  # sentences of our own rule language; no published language says three-valued logic


def plans(publication: Publication, rules: Sequence[Cause | Sign]) -> Iterator[Artifact]:
    """One PlanDefinition a rule, and one for the card of ranked causes with what it offers."""
    for rule in rules:
        actions = [_way(way) for way in rule.ways] if isinstance(rule, Cause) else _card(publication, rule)
        yield _plan(publication, rule) | {"action": actions}
    yield _ranking(publication)


def _plan(publication: Publication, rule: Cause | Sign) -> Artifact:
    knowledge = publication.knowledge
    asked = "; ".join(f"{name}: {in_words(clause, knowledge)}" for name, clause in rule.given.items())
    return publication.head(
        "PlanDefinition", rule.id, rule.title, version=rule.version, status=rule.status
    ) | {
        "type": _ECA_RULE,
        "description": f"{rule.evidence} Limits: {'; '.join(rule.limits)}.",
        "usage": f"Clauses, each true, false or not known. {asked}.",
        "library": [f"{publication.address('Library', rule.id)}|{rule.version}"],
        "relatedArtifact": citations(publication, rule.because),
    }


def citations(publication: Publication, keys: Sequence[str]) -> list[Artifact]:
    """Sources as citations; those without an address are named only."""
    entries = [(key, publication.knowledge.sources[key]) for key in keys]
    return [
        {"type": "citation", "label": key, "display": entry.what, "citation": entry.where}
        | ({"url": entry.url} if entry.url else {})
        for key, entry in entries
    ]


def _way(way: Way) -> Artifact:
    cap = f"At most {way.cap.tier} support" if way.cap else ""
    unless = f", unless: {way.cap.unless}" if way.cap and way.cap.unless else ""
    described = {"description": f"{cap}{unless}."} if cap else {}
    return (
        {"title": "Support for this cause", "trigger": [{"type": "named-event", "name": "patient-view"}]}
        | described
        | {"condition": [_applies(way.considered_if)], "action": [_group(group) for group in way.points]}
    )


def _group(group: FirstOf) -> Artifact:
    if len(group.first_of) == 1:
        return _point(group.first_of[0])
    return {
        "title": "The first that holds counts",
        "groupingBehavior": "logical-group",
        "selectionBehavior": "at-most-one",
        "action": [_point(point) for point in group.first_of],
    }


def _point(point: Point) -> Artifact:
    needed = "" if point.needs_points is None else f" once {point.needs_points} points are reached"
    return {
        "title": f"{point.add:+d}{needed}",
        "description": spoken(point.say),
        "condition": [_applies(point.when)],
    }


def _card(publication: Publication, sign: Sign) -> list[Artifact]:
    offers = [entry for entry in publication.knowledge.suggestions if entry.on == sign.id]
    return [_firing(firing) for firing in sign.fires] + [_offer(publication, entry) for entry in offers]


def _firing(firing: Firing) -> Artifact:
    return {
        "title": spoken(firing.summary),
        "priority": _PRIORITY[firing.indicator],
        "trigger": [{"type": "named-event", "name": "patient-view"}],
        "condition": [_applies(firing.when)],
    }


def _offer(publication: Publication, suggestion: Suggestion) -> Artifact:
    steps = [
        {
            "title": action.description,
            "definitionCanonical": publication.address("ActivityDefinition", activity_id(suggestion, number)),
        }
        for number, action in enumerate(suggestion.actions, 1)
    ]
    return {"title": suggestion.label, "condition": [_applies(suggestion.when)], "action": steps}


def activity_id(suggestion: Suggestion, number: int) -> str:
    """The id of the ActivityDefinition of one action, counted from 1."""
    return identifier_of(suggestion.id, *([str(number)] if len(suggestion.actions) > 1 else []))


def _ranking(publication: Publication) -> Artifact:
    ranking = publication.knowledge.ranking
    offers = [entry for entry in publication.knowledge.suggestions if entry.on == ranking.id]
    head = publication.head("PlanDefinition", ranking.id, ranking.title, version=ranking.version)
    return head | {
        "type": _ECA_RULE,
        "description": f"Ranks the causes by the support this chart gives them. {ranking.limits}",
        "relatedArtifact": citations(publication, ranking.because),
        "action": [_offer(publication, entry) for entry in offers],
    }


def _applies(sentence: str) -> Artifact:
    return {"kind": "applicability", "expression": {"language": _LANGUAGE, "expression": sentence}}
