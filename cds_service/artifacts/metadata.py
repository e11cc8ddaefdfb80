"""What every artifact says of itself: address, version, status, publisher."""

import re
from typing import Any

from cds_service import __version__
from cds_service.knowledge import DEFAULT_BASE, Knowledge
from cds_service.knowledge.clauses import MedicationClause

Artifact = dict[str, Any]

_STATUS = {"draft": "draft", "trial": "draft", "active": "active", "retired": "retired"}
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9\-.]+")
_LONGEST_ID = 64


class Publication:
    """One knowledge as it is published under its base address."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def medication_words(self) -> frozenset[str]:
        """The classes of medicines, and the single medicines that a rule asks for."""
        knowledge = self.knowledge
        rules = (*knowledge.causes.values(), *knowledge.signs.values())
        clauses = (clause for rule in rules for clause in rule.given.values())
        asked = (clause.medication for clause in clauses if isinstance(clause, MedicationClause))
        return knowledge.vocabulary.drugs.class_words().union(asked)

    def address(self, kind: str, identifier: str) -> str:
        """The canonical URL of an artifact, without a version."""
        return f"{self.knowledge.base}/{kind}/{identifier_of(identifier)}"

    def head(
        self, kind: str, identifier: str, title: str, *, version: str = __version__, status: str = "active"
    ) -> Artifact:
        """The members that all artifacts share. Nothing is reviewed by a clinician: all is experimental."""
        return {
            "resourceType": kind,
            "id": identifier_of(identifier),
            "url": self.address(kind, identifier),
            "version": version,
            "name": computable_name(identifier),
            "title": title,
            "status": _STATUS[status],
            "experimental": True,
            "date": self.knowledge.ranking.released.isoformat(),
            "publisher": self.knowledge.ranking.label,
        }

    def readdressed(self, text: str) -> str:
        """A file of `cards/` with our default addresses under this publication's base."""
        return text.replace(DEFAULT_BASE, self.knowledge.base)


def identifier_of(*words: str) -> str:
    """A FHIR id from words of our vocabulary: `25-OH vitamin D` gives `25-oh-vitamin-d`."""
    return _NOT_IN_AN_ID.sub("-", "-".join(words).lower()).strip("-.")[:_LONGEST_ID]


def medication_set(word: str) -> str:
    """The id of the value set of a class of medicines."""
    return identifier_of("medication", word)


def problem_set(word: str) -> str:
    """The id of the value set of a finding."""
    return identifier_of("problem", word)


def lab_set(name: str) -> str:
    """The id of the value set of an analyte."""
    return identifier_of("lab", name)


def computable_name(identifier: str) -> str:
    """A name as FHIR wants it: letters, digits and `_`, beginning with a capital (cnl-0)."""
    parts = re.split(r"[^A-Za-z0-9]+", identifier)
    joined = "".join(part[:1].upper() + part[1:] for part in parts)
    return joined if joined[:1].isalpha() else f"N{joined}"
