"""The file of each rule as a Library, so that the plan in words and the rule that runs travel together."""

from base64 import b64encode
from collections.abc import Iterator, Sequence

from cds_service.artifacts.metadata import Artifact, Publication, lab_set, medication_set, problem_set
from cds_service.artifacts.plans import citations
from cds_service.knowledge.clauses import Clause, LabClause, MedicationClause, ProblemClause
from cds_service.rulebook.on_file import RuleOnFile

_LOGIC = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "logic-library"}]
}


def libraries(publication: Publication, on_file: Sequence[RuleOnFile]) -> Iterator[Artifact]:
    """One Library a rule, with its YAML and the value sets it depends on."""
    published = value_set_ids(publication)
    for entry in on_file:
        rule = entry.rule
        head = publication.head("Library", rule.id, rule.title, version=rule.version, status=rule.status)
        sets = {name for clause in rule.given.values() for name in _value_sets(clause)} & published
        depends = [
            {"type": "depends-on", "resource": publication.address("ValueSet", name)} for name in sorted(sets)
        ]
        yield head | {
            "type": _LOGIC,
            "description": f"The rule as it runs; sha256 {entry.sha256}.",
            "relatedArtifact": [*depends, *citations(publication, rule.because)],
            "content": [
                {
                    "contentType": "application/yaml",
                    "data": b64encode(entry.source.file.read_bytes()).decode(),
                    "title": entry.source.file.name,
                }
            ],
        }


def value_set_ids(publication: Publication) -> frozenset[str]:
    """The ids of all value sets that are published."""
    vocabulary = publication.knowledge.vocabulary
    return frozenset(
        [
            *(medication_set(word) for word in publication.medication_words()),
            *(problem_set(word) for word in vocabulary.findings.words),
            *(lab_set(name) for name in vocabulary.labs.analytes),
        ]
    )


def _value_sets(clause: Clause) -> Iterator[str]:
    if isinstance(clause, MedicationClause):
        yield medication_set(clause.medication)
    elif isinstance(clause, LabClause):
        yield lab_set(clause.lab)
    elif isinstance(clause, ProblemClause):
        words = [clause.problem] if isinstance(clause.problem, str) else clause.problem
        yield from map(problem_set, words)
