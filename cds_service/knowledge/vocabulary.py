"""All vocabularies the reading of a chart needs, loaded once."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cds_service.knowledge.drugs import Drugs, load_drugs
from cds_service.knowledge.findings import Findings, load_findings
from cds_service.knowledge.items import Items, load_items
from cds_service.knowledge.labs import Labs, load_labs


class Vocabulary(msgspec.Struct, frozen=True):
    """Words to codes and back.

    `observation_codes` are the codes, of any system, an Observation must have one of to be read;
    `symptom_codes` those among them that are not of results alone.
    """

    drugs: Drugs
    labs: Labs
    findings: Findings
    items: Items
    observation_codes: frozenset[str]
    symptom_codes: frozenset[str]


def load_vocabulary(cards: Path, overlays: Sequence[Path] = ()) -> Vocabulary:
    """Read `cards/vocabulary`, with an operator's `overlays` on top.

    Raises `KnowledgeError` for anything unclear.
    """
    labs, items = load_labs(cards), load_items(cards)
    findings = load_findings(cards, items)
    rules = items.rules
    asked = {*rules.loinc, *rules.free_text, rules.panel}
    symptoms = frozenset({*findings.snomed, *items.by_link_id, *asked})
    known = symptoms.union(code for _, code in labs.codes)
    return Vocabulary(load_drugs(cards, overlays), labs, findings, items, known, symptoms)
