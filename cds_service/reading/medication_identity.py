"""Which medicine a coded or written concept means: first by code, then by name."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

import msgspec

from cds_service.knowledge.drugs import Drugs, Product, unspecified
from cds_service.reading.datatypes import CodeableConcept, Coding, Concept

_DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CONCEPTS_KEPT = 20_000
_ROUTES_KEPT = 1_000
_LONGEST_KEPT = 500  # characters; longer concepts are recognised anew each time
_MISSPELT = 0.8  # likeness from which a word is taken for a misspelling of an ingredient


class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A medicine as written, and what we made of it.

    `matched_by` is "code", "name", or "" when no ingredient of ours was found. `strengths` are mg in
    one unit of the dose form, `concentrations` mg in 1 mL, by ingredient. `absent` marks records
    that say "no medicine" or "nothing known"; `classifiable` is false where nothing could be looked up.
    """

    name: str
    ingredients: tuple[str, ...] = ()
    matched_by: str = ""
    systemic: bool = True
    classifiable: bool = True
    note: str = ""
    strengths: dict[str, float] = {}
    concentrations: dict[str, float] = {}
    absent: bool = False


class Concepts:
    """Recognises concepts with one vocabulary, and remembers those it has met."""

    def __init__(self, drugs: Drugs) -> None:
        self.drugs = drugs
        self._remembered = lru_cache(_CONCEPTS_KEPT)(self._identify)
        self._local = lru_cache(_ROUTES_KEPT)(drugs.is_local)

    def identify(self, concept: Concept, names: tuple[str, ...] = ()) -> Identity:
        """The medicine of a concept; `names` are further names to try, best first."""
        if isinstance(concept, str):
            concept = CodeableConcept(text=concept)
        codings = tuple(concept.coding) if concept else ()
        text = concept.text if concept else None
        length = len(text or "")
        for coding in codings:
            length += len(coding.system or "") + len(coding.code or "") + len(coding.display or "")
        if length + sum(map(len, names)) > _LONGEST_KEPT:
            return self._identify(codings, text, names)
        return self._remembered(codings, text, names)

    def is_local(self, concept: Concept) -> bool:
        """Whether a route or form names a place on the body."""
        if concept is None:
            return False
        texts = [concept] if isinstance(concept, str) else _texts(tuple(concept.coding), concept.text)
        return any(self._local(text[:_LONGEST_KEPT]) for text in texts)

    def _identify(self, codings: tuple[Coding, ...], text: str | None, names: tuple[str, ...]) -> Identity:
        told = tuple(coding for coding in codings if coding.system != _DATA_ABSENT)
        written = (*_texts(told, text), *names)
        hits = [product for coding in told if (product := self._by_code(coding))]
        shown = _shown(written, hits, told)
        if any(product.placeholder for product in hits) or (codings and not told and not written):
            return Identity(name=shown, absent=True)
        if hits:
            return self._coded(shown, _union(hits), written)
        named = next((product for name in written if (product := self.drugs.by_name(name))), None)
        if named is not None:
            return _identity(shown, named, "name")
        return Identity(name=shown, classifiable=self._classifiable(told, written))

    def _by_code(self, coding: Coding) -> Product | None:
        if not coding.system or not coding.code:
            return None
        return self.drugs.by_code(coding.system, coding.code.strip())

    def _coded(self, shown: str, product: Product, written: tuple[str, ...]) -> Identity:
        if any(map(unspecified, product.ingredients)):  # the code tells the class, the name may tell more
            named = (word for name in written for word in self._named(name))
            ingredients = self.drugs.specific((*product.ingredients, *named))
            return _identity(shown, msgspec.structs.replace(product, ingredients=ingredients), "code")
        if not product.ingredients:
            return _identity(shown, product, "")
        other = self._other_name(product, written)
        coded = " + ".join(product.ingredients)
        note = f'coded as {coded} but written "{other}"; the code was used' if other else ""
        return _identity(shown, product, "code", note)

    def _named(self, text: str) -> tuple[str, ...]:
        product = self.drugs.by_name(text)
        return product.ingredients if product else ()

    def _other_name(self, coded: Product, written: tuple[str, ...]) -> str:
        """The text that names something else than the code; a misspelling names the same."""
        for text in written:
            named = self._named(text)
            if named and not any(self.drugs.akin(one, other) for one in named for other in coded.ingredients):
                return text
            if not named and not _resembles(text, coded.ingredients):
                return text
        return ""

    def _classifiable(self, codings: tuple[Coding, ...], written: tuple[str, ...]) -> bool:
        systems = [coding.system for coding in codings if coding.system and coding.code]
        if any(map(self.drugs.is_complete, systems)):
            return True
        return bool(written) and any(map(self.drugs.holds, systems))


def _shown(written: tuple[str, ...], hits: list[Product], told: tuple[Coding, ...]) -> str:
    """What a reader would call the medicine: as written, else by its ingredients, else by a code."""
    if written:
        return written[0]
    ingredients = dict.fromkeys(word for product in hits for word in product.ingredients)
    code = next((coding.code for coding in told if coding.code), "")
    return " + ".join(ingredients) or (f"code {code}" if code else "")


def _identity(shown: str, product: Product, matched_by: str, note: str = "") -> Identity:
    return Identity(
        name=shown,
        ingredients=product.ingredients,
        matched_by=matched_by,
        systemic=product.systemic,
        note=note,
        strengths=product.strengths,
        concentrations=product.concentrations,
    )


def _union(products: list[Product]) -> Product:
    """All ingredients; strengths on which the codings agree."""
    if len(products) == 1:
        return products[0]
    return Product(
        ingredients=tuple(dict.fromkeys(word for product in products for word in product.ingredients)),
        strengths=_agreed(product.strengths for product in products),
        concentrations=_agreed(product.concentrations for product in products),
        systemic=all(product.systemic for product in products),
    )


def _agreed(tables: Iterable[dict[str, float]]) -> dict[str, float]:
    values: dict[str, set[float]] = {}
    for table in tables:
        for word, amount in table.items():
            values.setdefault(word, set()).add(amount)
    return {word: next(iter(amounts)) for word, amounts in values.items() if len(amounts) == 1}


def _resembles(text: str, ingredients: tuple[str, ...]) -> bool:
    """Whether a word of the text is nearly an ingredient (`Simvistatin`)."""
    wanted = [part for ingredient in ingredients for part in ingredient.split()]
    words = text[:_LONGEST_KEPT].casefold().replace("/", " ").split()
    return any(get_close_matches(word, wanted, n=1, cutoff=_MISSPELT) for word in words)


def _texts(codings: tuple[Coding, ...], text: str | None) -> tuple[str, ...]:
    return tuple(name for name in (text, *(coding.display for coding in codings)) if name and name.strip())
