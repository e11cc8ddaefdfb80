"""Codes of Conditions and Observations as findings, and what findings say about the form's items."""

from collections.abc import Iterator

from cds_service.chart import Answer
from cds_service.knowledge.findings import CodedFinding, Findings
from cds_service.knowledge.items import Items
from cds_service.reading.answers import answer_code
from cds_service.reading.codes import codings
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.meaning import is_leg, side_of
from cds_service.reading.resources import Concepts
from cds_service.when import When


def coded_finding(code: CodeableConcept | None, findings: Findings) -> CodedFinding | None:
    """All findings the codings name, with the side one of them states."""
    if code is None:
        return None
    if len(code.coding) == 1:
        coding = code.coding[0]
        return findings.of_code(coding.system, coding.code) if coding.system and coding.code else None
    named = (findings.of_code(system, value) for system, value in codings(code))
    found = [entry for entry in named if entry is not None]
    if len(found) < 2:  # noqa: PLR2004 - nothing to join
        return found[0] if found else None
    side = next((entry.side for entry in found if entry.side), "")
    return CodedFinding(frozenset().union(*(entry.findings for entry in found)), side, found[0].label)


def read_side(coded: CodedFinding, sites: Concepts, items: Items) -> str:
    """The side the code states, else the side of the body site."""
    return coded.side or side_of(sites, items.rules)


def answers_of(
    coded: CodedFinding, sites: Concepts, reported: When | None, ref: str, vocabulary: tuple[Findings, Items]
) -> Iterator[Answer]:
    """What the presence of the findings says."""
    findings, items = vocabulary
    for name in sorted(coded.findings):
        finding = findings.words[name]
        if finding.on_leg and not is_leg(sites, items.rules):
            continue
        given = dict(finding.says)
        if finding.by_side:
            side = read_side(coded, sites, items)
            given |= {item: by_side[side] for item, by_side in finding.by_side.items() if side in by_side}
        for item, code in given.items():
            yield answer_code(items.by_link_id[item], code, reported, ref)


def denials_of(
    coded: CodedFinding, reported: When, ref: str, vocabulary: tuple[Findings, Items]
) -> Iterator[Answer]:
    """What the absence of the findings says."""
    findings, items = vocabulary
    for name in sorted(coded.findings):
        for item, code in findings.words[name].denies.items():
            yield answer_code(items.by_link_id[item], code, reported, ref)
