"""Laboratory vocabulary: codes to analytes, units to the analyte's own unit."""

from pathlib import Path

import msgspec

from cds_service.knowledge.systems import Systems, load_systems
from cds_service.knowledge.tsv import read_rows
from cds_service.knowledge.typed_yaml import typed_entries
from cds_service.knowledge.units import Conversion, Units, load_units, unit_error
from cds_service.knowledge.yaml_source import KnowledgeError, Source, near_miss, read_yaml

_COLUMNS = ("system", "code", "analyte", "part", "flags", "name")


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parts of one specimen that are added up when no result of the whole is there."""

    of: tuple[str, ...]
    gives: str
    label: str


class LabCode(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a code says: the analyte, which part of it, and how its units convert."""

    analyte: str
    label: str
    unit: str
    part: str
    flags: frozenset[str]
    conversions: dict[str, Conversion]
    plausible: tuple[float, float]
    unit_may_be_missing: bool
    unusable_alone: str


class Analyte(msgspec.Struct, frozen=True, kw_only=True):
    """An analyte as the rules know it."""

    name: str
    label: str
    unit: str
    sum: Sum | None


class RemarkWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words in free text, and interpretation codes, that set a flag."""

    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()


class Labs(msgspec.Struct, frozen=True, kw_only=True):
    """`codes` is keyed by (official system URL, code); `official` maps other URLs of a system to it.

    `unusable_alone` says by (analyte, part) why a part is of no use without the other parts.
    """

    analytes: dict[str, Analyte]
    codes: dict[tuple[str, str], LabCode]
    units: Units
    remarks: dict[str, RemarkWords]

    def flags(self) -> frozenset[str]:
        """Every flag a result can carry, by its code or by a remark."""
        return frozenset(self.remarks).union(*(code.flags for code in self.codes.values()))

    def fractions(self) -> dict[str, frozenset[str]]:
        """The measured fractions of each analyte that has them."""
        parts: dict[str, set[str]] = {}
        for code in self.codes.values():
            parts.setdefault(code.analyte, set()).add(code.part)
        return {analyte: frozenset(found - {""}) for analyte, found in parts.items()}

    official: dict[str, str]
    unusable_alone: dict[tuple[str, str], str]

    def of_code(self, system: str, code: str) -> LabCode | None:
        """What a code says, None when it is not one of ours."""
        return self.codes.get((self.official.get(system, system), code))


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: str = ""
    units: dict[str, float | Conversion] | None = None
    unusable_alone: str = ""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: str
    units: dict[str, float | Conversion]
    plausible: tuple[float, float]
    label: str = ""
    parts: dict[str, _Part] = {}
    sum: Sum | None = None
    unit_may_be_missing: bool = False


def load_labs(cards: Path) -> Labs:
    """Read `vocabulary/labs.yaml`, `labs.tsv`, `units.yaml` and `result_words.yaml`.

    Raises `KnowledgeError` for an unknown analyte, part or unit.
    """
    folder = cards / "vocabulary"
    units, systems = load_units(cards), load_systems(cards)
    source = read_yaml(folder / "labs.yaml")
    entries = typed_entries(source, _Entry)
    for name, entry in entries.items():
        _check_units(source, name, entry, units)
    return Labs(
        analytes={name: Analyte(name=name, label=entry.label or name, unit=entry.unit, sum=entry.sum)
                  for name, entry in entries.items()},
        codes=_read_codes(folder / "labs.tsv", entries, systems),
        units=units,
        remarks=typed_entries(read_yaml(folder / "result_words.yaml"), RemarkWords),
        official={url: urls[0] for urls in systems.values() for url in urls},
        unusable_alone={(name, part): details.unusable_alone for name, entry in entries.items()
                        for part, details in entry.parts.items() if details.unusable_alone},
    )  # fmt: skip


def _check_units(source: Source, name: str, entry: _Entry, units: Units) -> None:
    for unit in (entry.unit, *entry.units):
        if units.named(unit) != unit:
            raise unit_error(source.file, source.line((name, "units")), unit)


def _read_codes(file: Path, entries: dict[str, _Entry], systems: Systems) -> dict[tuple[str, str], LabCode]:
    codes: dict[tuple[str, str], LabCode] = {}
    for line, (system, code, analyte, part, flags, _) in read_rows(file, _COLUMNS):
        if system not in systems:
            raise KnowledgeError(file, line, f"unknown system {system!r}{near_miss(system, systems)}")
        if analyte not in entries:
            raise KnowledgeError(file, line, f"unknown analyte {analyte!r}{near_miss(analyte, entries)}")
        if (systems[system][0], code) in codes:
            raise KnowledgeError(file, line, f"code {code} is listed twice; keep one of the rows")
        entry = entries[analyte]
        if part and part not in entry.parts:
            raise KnowledgeError(file, line, f"unknown part {part!r}{near_miss(part, entry.parts)}")
        codes[systems[system][0], code] = _lab_code(analyte, entry, part, flags)
    return codes


def _lab_code(name: str, entry: _Entry, part: str, flags: str) -> LabCode:
    details = entry.parts.get(part, _Part())
    return LabCode(
        analyte=name,
        label=details.label or entry.label or name,
        unit=entry.unit,
        part=part,
        flags=frozenset(flags.split()),
        conversions={unit: _conversion(how) for unit, how in (details.units or entry.units).items()},
        plausible=entry.plausible,
        unit_may_be_missing=entry.unit_may_be_missing,
        unusable_alone=details.unusable_alone,
    )


def _conversion(how: float | Conversion) -> Conversion:
    return how if isinstance(how, Conversion) else Conversion(multiply=how)
