"""Causes that ask for each other's tier in a ring can never be decided: refused when loaded."""

from collections.abc import Iterable, Iterator

from cds_service.knowledge.clauses import CauseClause
from cds_service.knowledge.rules import Rule
from cds_service.knowledge.yaml_source import Source

Loaded = tuple[Source, Rule]


def refuse_rings(loaded: Iterable[Loaded]) -> None:
    """Raises `KnowledgeError` on the clause that closes a ring, naming all its members."""
    rules = {rule.id: (source, rule) for source, rule in loaded}
    decided: set[str] = set()
    for rule_id in rules:
        _follow(rule_id, (), rules, decided)


def _follow(rule_id: str, path: tuple[str, ...], rules: dict[str, Loaded], decided: set[str]) -> None:
    if rule_id in decided or rule_id not in rules:
        return
    source, rule = rules[rule_id]
    for name, other in _asks(rule):
        if other in (*path, rule_id):
            ring = (*path, rule_id, other)[(*path, rule_id).index(other) :]
            raise source.error(
                ("given", name),
                f"{name}: causes ask for each other in a ring ({' -> '.join(ring)}); "
                "use the facts themselves instead of the other cause's tier",
            )
        _follow(other, (*path, rule_id), rules, decided)
    decided.add(rule_id)


def _asks(rule: Rule) -> Iterator[tuple[str, str]]:
    """The clauses that ask for another cause, with that cause."""
    for name, clause in rule.given.items():
        if isinstance(clause, CauseClause):
            yield name, clause.cause
