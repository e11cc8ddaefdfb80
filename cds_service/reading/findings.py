"""Codes of Conditions and Observations as findings, and what findings say about the form's items."""

from collections.abc import Iterator

from cds_service.chart import Answer
from cds_service.knowledge.findings import CodedFinding, Findings, Place
from cds_service.knowledge.items import Items
from cds_service.reading.answers import answer_code
from cds_service.reading.codes import codings
from cds_service.reading.datatypes import CodeableConcept
from cds_service.reading.meaning import Site, side_of, site_of
from cds_service.reading.resources import Concepts
from cds_service.when import When

_ON_LEG = frozenset({Site.LEG, Site.LEG_PART})
_SITES: dict[Place, frozenset[Site]] = {
    "any": frozenset(Site),
    "not elsewhere": _ON_LEG | {Site.UNSAID, Site.UNKNOWN},
    "leg if told": _ON_LEG | {Site.UNSAID},
    "leg": _ON_LEG,
}


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


def told_at(coded: CodedFinding, sites: Concepts, findings: Findings, items: Items) -> frozenset[str]:
    """The findings of a code that say something at these body sites."""
    if not sites:
        return frozenset(name for name in coded.findings if findings.words[name].site != "leg")
    site = site_of(sites, items.rules)
    return frozenset(name for name in coded.findings if site in _SITES[findings.words[name].site])


def answers_of(
    coded: CodedFinding, sites: Concepts, reported: When | None, ref: str, vocabulary: tuple[Findings, Items]
) -> Iterator[Answer]:
    """What the presence of the findings says."""
    findings, items = vocabulary
    side = read_side(coded, sites, items)
    for name in sorted(told_at(coded, sites, findings, items)):
        finding = findings.words[name]
        given = dict(finding.says)
        given |= {item: by_side[side] for item, by_side in finding.by_side.items() if side in by_side}
        for item, code in given.items():
            yield answer_code(items.by_link_id[item], code, reported, ref, side)


def denials_of(
    coded: CodedFinding, sites: Concepts, reported: When, ref: str, vocabulary: tuple[Findings, Items]
) -> Iterator[Answer]:
    """What the absence of the findings says; absent in a part of the leg it may be in another."""
    findings, items = vocabulary
    site = site_of(sites, items.rules)
    for name in sorted(coded.findings):
        finding = findings.words[name]
        if finding.site != "any" and site not in (Site.UNSAID, Site.LEG):
            continue
        for item, code in finding.denies.items():
            side = read_side(coded, sites, items)
            yield answer_code(items.by_link_id[item], code, reported, ref, side)


def names_of(coded: CodedFinding, code: CodeableConcept | None) -> Iterator[str]:
    """What the findings of a code are called, by us and in the record."""
    yield from coded.findings
    yield coded.label
    if code is not None:
        yield from filter(None, (code.text, *(coding.display for coding in code.coding)))
