"""Vocabulary of findings: codes of Conditions and Observations to the words the rules use."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from cds_service.knowledge.items import Items
from cds_service.knowledge.systems import load_systems
from cds_service.knowledge.tsv import read_rows
from cds_service.knowledge.typed_yaml import typed_entries
from cds_service.knowledge.yaml_source import KnowledgeError, Source, near_miss, read_yaml

Side = Literal["left", "right", "both"]
Place = Literal["any", "not elsewhere", "leg if told", "leg"]
_COLUMNS = ("finding", "system", "code", "side", "label")
_SIDES = frozenset({"", "left", "right", "both"})
_SNOMED, _ICD10CM = "snomed", "icd10cm"
_SYSTEMS = frozenset({_SNOMED, _ICD10CM})
_TAKEN_OUT = "-"
_LONGEST_REMEMBERED = 16  # characters; a code of ICD-10-CM has at most eight
_REMEMBERED = 20_000


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the presence or absence of a finding says about items of the Questionnaire."""

    says: dict[str, str] = {}
    denies: dict[str, str] = {}
    by_side: dict[str, dict[Side, str]] = {}
    site: Place = "not elsewhere"


class CodedFinding(msgspec.Struct, frozen=True, gc=False):
    """The findings of one code, the side it states ("" for none), and our label for it."""

    findings: frozenset[str]
    side: str
    label: str


class Findings(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """`snomed` is by exact identifier, `icd10cm` by prefix without the dot; `urls` by our system name.

    `sides` has the answers for each side, by the item they answer.
    """

    words: dict[str, Finding]
    snomed: dict[str, CodedFinding]
    icd10cm: dict[str, CodedFinding]
    urls: dict[str, str]
    sides: dict[str, dict[Side, str]]

    def of_code(self, url: str, code: str) -> CodedFinding | None:
        """The findings of a code of SNOMED CT or ICD-10-CM, None when there are none."""
        system = self.urls.get(url)
        if system == _SNOMED:
            return self.snomed.get(code)
        return self.of_icd10cm(code) if system == _ICD10CM else None

    def of_icd10cm(self, code: str) -> CodedFinding | None:
        """The findings of a code and of every code above it, None when there are none."""
        return _remembered(self, code) if len(code) <= _LONGEST_REMEMBERED else _of_icd10cm(self, code)


def _of_icd10cm(findings: Findings, code: str) -> CodedFinding | None:
    plain = code.replace(".", "").upper()
    found: CodedFinding | None = None
    for length in range(1, len(plain) + 1):
        entry = findings.icd10cm.get(plain[:length])
        if entry is not None:
            found = entry if found is None else _narrowed(found, entry)
    return found if found is not None and found.findings else None


_remembered = lru_cache(_REMEMBERED)(_of_icd10cm)


def load_findings(cards: Path, items: Items) -> Findings:
    """Read `vocabulary/findings.yaml` and `findings.tsv`.

    Raises `KnowledgeError` for an unknown finding, system, side, item or answer.
    """
    folder = cards / "vocabulary"
    source = read_yaml(folder / "findings.yaml")
    words = typed_entries(source, Finding)
    for word in words:
        _check_answers(source, word, words[word], items)
    tables: dict[str, dict[str, CodedFinding]] = {system: {} for system in _SYSTEMS}
    for line, (finding, system, code, side, label) in read_rows(folder / "findings.tsv", _COLUMNS):
        _check_row(folder / "findings.tsv", line, (finding, system, side), words)
        table, key = tables[system], code.replace(".", "")
        names = frozenset[str]() if finding == _TAKEN_OUT else frozenset({finding})
        known = table.get(key, CodedFinding(frozenset(), side, label))
        table[key] = CodedFinding(known.findings | names, known.side or side, known.label)
    systems = load_systems(cards)
    urls = {url: system for system in _SYSTEMS for url in systems[system]}
    sides = {item: by_side for word in words.values() for item, by_side in word.by_side.items()}
    return Findings(words=words, snomed=tables[_SNOMED], icd10cm=tables[_ICD10CM], urls=urls, sides=sides)


def _check_answers(source: Source, name: str, finding: Finding, items: Items) -> None:
    answers = [("says", *pair) for pair in finding.says.items()]
    answers += [("denies", *pair) for pair in finding.denies.items()]
    for item, by_side in finding.by_side.items():
        answers += [("by_side", item, answer) for answer in by_side.values()]
    for member, item, answer in answers:
        if item not in items.by_link_id:
            message = f"the Questionnaire has no item {item!r}{near_miss(item, items.by_link_id)}"
            raise source.error((name, member, item), message)
        if answer not in items.by_link_id[item].answers:
            known = items.by_link_id[item].answers
            raise source.error(
                (name, member, item), f"no answer {answer!r} to {item!r}{near_miss(answer, known)}"
            )


def _check_row(file: Path, line: int, row: tuple[str, str, str], words: dict[str, Finding]) -> None:
    finding, system, side = row
    if finding != _TAKEN_OUT and finding not in words:
        raise KnowledgeError(file, line, f"unknown finding {finding!r}{near_miss(finding, words)}")
    if system not in _SYSTEMS:
        raise KnowledgeError(file, line, f"unknown system {system!r}{near_miss(system, _SYSTEMS)}")
    if side not in _SIDES:
        raise KnowledgeError(file, line, f"unknown side {side!r}; known: left, right, both, or nothing")


def _narrowed(above: CodedFinding, below: CodedFinding) -> CodedFinding:
    if not below.findings:  # taken out
        return below
    return CodedFinding(above.findings | below.findings, below.side or above.side, below.label)
