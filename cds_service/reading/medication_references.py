"""Where the medicine of a record stands: in it, contained, elsewhere, or in the parts of a mix."""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import msgspec

from cds_service.knowledge.drugs import Drugs, unspecified
from cds_service.reading.datatypes import Identifier, Quantity, Ratio, Reference
from cds_service.reading.medication_identity import Concepts, Identity
from cds_service.reading.medication_resources import Dosage, Ingredient, Medication, Record

Resolve = Callable[[str], Medication | None]
"""A reference found outside the record (`Medication/1`, `urn:uuid:...`, a URL) -> the Medication."""

_HOPS = 2  # order -> mix -> its parts; what the parts are made of is not followed
_PARTS = 100  # of one mix; no medicine has more, and a record that says so must not cost more


class Identifying:
    """Finds and recognises the medicine of records."""

    def __init__(self, drugs: Drugs) -> None:
        self.concepts = Concepts(drugs)
        self._drugs = drugs

    def of_record(self, record: Record, resolve: Resolve) -> Identity:
        """The medicine of a record, whether coded in it, contained, referenced or only displayed."""
        r5 = record.medication
        coded = record.medication_codeable_concept or (r5.concept if r5 else None)
        reference = record.medication_reference or (r5.reference if r5 else None)
        if coded is not None:
            identity = self.concepts.identify(coded)
            if identity.ingredients or identity.absent or reference is None:
                return identity
        return self._of_reference(reference, record.contained, resolve, _HOPS)

    def is_local(self, dosages: Iterable[Dosage]) -> bool:
        """Whether all routes that are given name a place on the body."""
        found = False
        for dosage in dosages:
            if dosage.route is not None:
                if not self.concepts.is_local(dosage.route):
                    return False
                found = True
        return found

    def _of_reference(
        self, reference: Reference | None, contained: list[Medication], resolve: Resolve, hops: int
    ) -> Identity:
        target = (reference and reference.reference) or ""
        display = (reference and reference.display) or ""
        found = _look_up(target, contained, resolve) if hops else None
        if found is not None:
            return self._of_medication(found, display, contained, resolve, hops - 1)
        identity = self.concepts.identify(None, (display,) if display else ())
        if display or not target:
            return identity
        return msgspec.structs.replace(identity, note="the referenced Medication was not supplied")

    def _of_medication(
        self, medication: Medication, display: str, around: list[Medication], resolve: Resolve, hops: int
    ) -> Identity:
        names = tuple(name for name in (display, *_identifier_names(medication.identifier)) if name)
        identity = self.concepts.identify(medication.code, names)
        if identity.absent:
            return identity
        contained = [*medication.contained, *around]
        written = medication.ingredient[:_PARTS] if hops else []
        parts = [self._part(part, contained, resolve, hops) for part in written]
        if not identity.ingredients or self._tell_more(parts, identity):
            identity = self._mix(identity, parts)
        if self.concepts.is_local(medication.form):
            identity = msgspec.structs.replace(identity, systemic=False)
        return self._with_strengths(identity, parts, written)

    def _part(self, part: Ingredient, contained: list[Medication], resolve: Resolve, hops: int) -> Identity:
        if part.item_codeable_concept is not None:
            return self.concepts.identify(part.item_codeable_concept)
        return self._of_reference(part.item_reference, contained, resolve, hops)

    def _tell_more(self, parts: list[Identity], identity: Identity) -> bool:
        """Whether the code tells a class only, and the parts name every substance."""
        vague = any(map(unspecified, identity.ingredients))
        return vague and bool(parts) and all(part.ingredients for part in parts)

    def _mix(self, identity: Identity, parts: list[Identity]) -> Identity:
        known = [part for part in parts if part.ingredients]
        if not known:
            return identity
        return msgspec.structs.replace(
            identity,
            name=identity.name or " / ".join(part.name for part in parts),
            ingredients=self._drugs.specific(word for part in known for word in part.ingredients),
            matched_by="code" if all(part.matched_by == "code" for part in known) else "name",
            systemic=identity.systemic and all(part.systemic for part in known),
            classifiable=True,
        )

    def _with_strengths(
        self, identity: Identity, parts: list[Identity], written: list[Ingredient]
    ) -> Identity:
        """The strengths the Medication itself gives go before those of its code."""
        strengths, concentrations = dict(identity.strengths), dict(identity.concentrations)
        for part, ingredient in zip(parts, written, strict=True):
            amount = self._ratio(ingredient.strength)
            if amount is not None and len(part.ingredients) == 1:
                value, per_ml = amount
                (concentrations if per_ml else strengths)[part.ingredients[0]] = value
        return msgspec.structs.replace(identity, strengths=strengths, concentrations=concentrations)

    def _ratio(self, ratio: Ratio | None) -> tuple[float, bool] | None:
        """The mg in one unit of form (False) or in 1 mL (True)."""
        if ratio is None or ratio.numerator is None:
            return None
        factor = self._drugs.sig.milligrams.get(_unit(ratio.numerator))
        number = _float(ratio.numerator.value)
        divisor = _float(ratio.denominator.value) if ratio.denominator else 1.0
        if factor is None or number is None or not divisor:
            return None
        below = _unit(ratio.denominator) if ratio.denominator else ""
        return number * factor / divisor, below in self._drugs.sig.millilitres


@lru_cache(8)
def identifying(drugs: Drugs) -> Identifying:
    """The recogniser of a vocabulary, shared so that its memory is."""
    return Identifying(drugs)


def _look_up(target: str, contained: list[Medication], resolve: Resolve) -> Medication | None:
    if not target:
        return None
    if not target.startswith("#"):
        return resolve(target)
    wanted = target[1:]
    return next((one for one in contained if (one.id or "").removeprefix("#") == wanted), None)


def _identifier_names(identifiers: list[Identifier] | Identifier | None) -> Iterator[str]:
    """MIMIC keeps the name of a drug in an identifier of a system called `...-name`."""
    for identifier in [identifiers] if isinstance(identifiers, Identifier) else identifiers or []:
        if identifier.value and (identifier.system or "").endswith("-name"):
            yield identifier.value


def _unit(quantity: Quantity) -> str:
    return (quantity.code or quantity.unit or "").casefold()


def _float(value: float | str | None) -> float | None:
    try:
        number = None if value is None else float(value)
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) and number > 0 else None
