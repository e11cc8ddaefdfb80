"""The drug vocabulary: codes and names -> ingredients, ingredients -> classes, doses and interactions."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from cds_service.knowledge.drug_classes import Classes, classes_by_ingredient, load_classes
from cds_service.knowledge.drug_interactions import (
    Bands,
    Interaction,
    intensity_of,
    load_intensity,
    load_interactions,
)
from cds_service.knowledge.drug_names import NameIndex
from cds_service.knowledge.drug_tables import (
    NAMES,
    NO_INGREDIENT,
    NO_MEDICINE,
    CodeTable,
    Product,
    read_codes,
    read_names,
    read_single_table,
)
from cds_service.knowledge.drug_words import SigWords, load_sig_words
from cds_service.knowledge.typed_yaml import typed_entries
from cds_service.knowledge.yaml_source import near_miss, read_yaml

__all__ = ["Drugs", "Interaction", "Product", "UnknownDrugError", "load_drugs"]

_MAIN_SYSTEM = "rxnorm"


class UnknownDrugError(LookupError):
    """A word that is neither a class nor an ingredient; the message says what is near."""


def unspecified(ingredient: str) -> bool:
    """Whether a word stands for a class because the substance was not told."""
    return ingredient.endswith("(unspecified)")


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code system: the addresses it arrives under, and whether we hold all that matters of it."""

    addresses: list[str]
    complete: bool


class Drugs:
    """Everything known about medicines. Immutable once loaded, shared by all threads."""

    def __init__(
        self,
        tables: dict[str, CodeTable],
        names: NameIndex,
        sig: SigWords,
        classes: Classes,
        ingredients: frozenset[str],
    ) -> None:
        self.sig = sig
        self._tables = tables
        self._names = names
        self._classes = classes
        self._classes_of = classes_by_ingredient(classes)
        self._words = ingredients | classes.keys()
        self._intensity: dict[str, Bands] = {}
        self._interactions: dict[str, tuple[Interaction, ...]] = {}
        self.dose_matters: frozenset[str] = frozenset()  # ingredients of which the daily dose is read

    def learn_statins(self, folder: Path) -> None:
        """Read intensity and interactions, which are written in the words of the rest."""
        self._intensity = load_intensity(folder, self._words)
        self._interactions = load_interactions(folder, self.members, self._words)
        self.dose_matters = self._dosed()

    def paired(self) -> frozenset[str]:
        """Statins with interactions, and what they interact with."""
        partners = (entry.partners for entries in self._interactions.values() for entry in entries)
        return frozenset(self._interactions.keys()).union(*partners)

    def _dosed(self) -> frozenset[str]:
        """Statins, those of their class with them, and what interacts with one from a dose on."""
        statins = self._intensity.keys() | self._interactions.keys()
        classes = frozenset[str]().union(*map(self.classes_of, statins))
        kindred = (self.members(word) for word in classes)
        partners = (
            entry.partners
            for entries in self._interactions.values()
            for entry in entries
            if entry.partner_from_mg is not None
        )
        return frozenset(statins).union(*kindred, *partners)

    def by_code(self, system: str, code: str) -> Product | None:
        """The product of a code; `system` is the address as the record gives it."""
        table = self._tables.get(system)
        return None if table is None else table.get(code)

    def holds(self, system: str) -> bool:
        """Whether we have codes of this system."""
        return system in self._tables

    def is_complete(self, system: str) -> bool:
        """Whether an unlisted code of this system surely is none of our ingredients."""
        table = self._tables.get(system)
        return table is not None and table.complete

    def by_name(self, text: str) -> Product | None:
        """Everything named in a text by whole words; `None` when no name of ours is in it."""
        return self._names.find(text)

    def is_local(self, text: str) -> bool:
        """Whether the words of a route or form name a place on the body (eye, skin, ear ...)."""
        return self._names.is_local(text)

    def classes_of(self, ingredient: str) -> frozenset[str]:
        """The class words an ingredient belongs to; empty for one that is in none."""
        return self._classes_of.get(ingredient, frozenset())

    def members(self, word: str) -> frozenset[str]:
        """The ingredients of a class word, or the ingredient itself.

        Raises `UnknownDrugError` naming near misses.
        """
        if word in self._classes:
            return self._classes[word]
        if word in self._words:
            return frozenset({word})
        raise UnknownDrugError(f"unknown drug {word!r}{near_miss(word, self._words)}")

    def specific(self, ingredients: Iterable[str]) -> tuple[str, ...]:
        """The ingredients, each once, without "statin (unspecified)" and the like beside a real one."""
        known = dict.fromkeys(ingredients)
        return tuple(
            word
            for word in known
            if not (unspecified(word) and any(self._same_class(word, other) for other in known))
        )

    def akin(self, one: str, other: str) -> bool:
        """Whether two words can mean the same substance: a salt of it, or its class alone."""
        if one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0]:
            return True
        return (unspecified(one) or unspecified(other)) and self._same_class(one, other)

    def _same_class(self, one: str, other: str) -> bool:
        return one != other and bool(self.classes_of(one) & self.classes_of(other))

    def intensity(self, ingredient: str, daily_mg: float) -> str:
        """`high`, `moderate` or `low` for a statin at a daily dose in mg; "" when nothing is said."""
        bands = self._intensity.get(ingredient)
        return "" if bands is None else intensity_of(bands, daily_mg)

    def interactions(self, statin: str) -> tuple[Interaction, ...]:
        """What this statin interacts with."""
        return self._interactions.get(statin, ())

    def words(self) -> frozenset[str]:
        """All class and ingredient words."""
        return self._words

    def class_words(self) -> frozenset[str]:
        """All class words."""
        return frozenset(self._classes)

    def codes_of(self, word: str) -> Iterator[tuple[str, str, bool]]:
        """System address, code, and whether all codes below are meant, of products with a member in them."""
        members = self.members(word)
        once = {id(table): (address, table) for address, table in reversed(self._tables.items())}
        for address, table in once.values():
            for code, product, with_descendants in table.products():
                if members.intersection(product.ingredients):
                    yield address, code, with_descendants


def load_drugs(cards: Path, overlays: Sequence[Path] = ()) -> Drugs:
    """Read `cards/vocabulary/drugs` and the operator's overlays (docs/how-to/vocabulary-overlay.md).

    Raises `KnowledgeError` naming file and line, `OSError` for a file that cannot be read.
    """
    folder = cards / "vocabulary" / "drugs"
    systems = typed_entries(read_yaml(folder / "systems.yaml"), System)
    tables = read_codes(folder / "codes.tsv", None)
    tables[_MAIN_SYSTEM] = read_single_table(folder / "rxnorm.tsv") | tables[_MAIN_SYSTEM]
    names = [*read_names(folder / "names.tsv"), *read_names(folder / "names_added.tsv")]
    ingredients = _ingredients(tables, names)
    for overlay in overlays:
        added = _by_word(read_codes(overlay, ingredients), systems)
        names += [(name, *_name_columns(rest)) for name, rest in added.pop(NAMES, {}).items()]
        for system, codes in added.items():
            tables[system] = tables.get(system, {}) | codes
    # a name added later replaces an earlier one; ingredients are names of themselves
    spoken = {word: (word, word, "") for word in sorted(ingredients)}
    spoken |= {entry[0].casefold(): entry for entry in names}
    sig = load_sig_words(folder)
    drugs = Drugs(
        _by_address(tables, systems),
        NameIndex(spoken.values(), sig),
        sig,
        load_classes(folder, ingredients),
        ingredients,
    )
    drugs.learn_statins(folder)
    return drugs


def _ingredients(tables: dict[str, dict[str, str]], names: list[tuple[str, str, str]]) -> frozenset[str]:
    columns = {rest.partition("\t")[0] for codes in tables.values() for rest in codes.values()}
    columns |= {ingredients for _, ingredients, _ in names}
    return frozenset(word for column in columns for word in column.split("|")) - {NO_INGREDIENT, NO_MEDICINE}


def _name_columns(rest: str) -> tuple[str, str]:
    columns = [*rest.split("\t"), "", ""]
    return columns[0].replace(" | ", "|"), columns[2]


def _by_word(codes: dict[str, dict[str, str]], systems: dict[str, System]) -> dict[str, dict[str, str]]:
    """The overlay's tables, with the addresses of systems we know turned into our words."""
    known = {address: word for word, system in systems.items() for address in system.addresses}
    return {known.get(system, system): table for system, table in codes.items()}


def _by_address(tables: dict[str, dict[str, str]], systems: dict[str, System]) -> dict[str, CodeTable]:
    return dict(_addressed(tables, systems))


def _addressed(
    tables: dict[str, dict[str, str]], systems: dict[str, System]
) -> Iterator[tuple[str, CodeTable]]:
    for word, codes in tables.items():
        system = systems.get(word)
        table = CodeTable(codes, complete=system is not None and system.complete)
        for address in system.addresses if system else [word]:
            yield address, table
