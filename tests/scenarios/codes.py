"""The code table of the scenarios (codes.yaml), and the FHIR shapes every part is built from."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

Json = dict[str, Any]

BASE = "http://leg-soreness.example/fhir"
SYSTEMS = {
    "sct": "http://snomed.info/sct",
    "icd": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "items": f"{BASE}/CodeSystem/items",
    "answers": f"{BASE}/CodeSystem/answers",
}
UCUM = "http://unitsofmeasure.org"
CODES: Json = YAML(typ="safe", pure=True).load(Path(__file__).with_name("codes.yaml"))


class Clock:
    """Dates relative to `now`, which carries a zone (UTC)."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def day(self, offset: float) -> str:
        """The calendar day `offset` days from now."""
        return (self.now + timedelta(days=offset)).date().isoformat()

    def moment(self, offset: float) -> str:
        """The instant `offset` days from now: never later than now unless the offset says so."""
        return (self.now + timedelta(days=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


def coding(system: str, code: str, display: str = "") -> Json:
    """A FHIR Coding; `system` is a key of SYSTEMS."""
    base = {"system": SYSTEMS[system], "code": code}
    return {**base, "display": display} if display else base


def concept(*codings: Json) -> Json:
    """A FHIR CodeableConcept."""
    return {"coding": list(codings)}


def category(code_system: str, code: str) -> list[Json]:
    """The category list of an Observation or a Condition."""
    return [{"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{code_system}", "code": code}]}]


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    """A FHIR Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


class Ids:
    """Ids of the resources of one scenario."""

    def __init__(self, scenario_id: str) -> None:
        self.slug = scenario_id.lower().replace(".", "-")
        self.patient = f"pat-{self.slug}"
        self.encounter = f"enc-{self.slug}"
        self._count = 0

    def new(self, kind: str) -> str:
        """The next id of a kind (`mr`, `lab`, `obs`, ...)."""
        self._count += 1
        return f"{kind}-{self.slug}-{self._count}"

    @property
    def subject(self) -> Json:
        """The reference to the patient."""
        return {"reference": f"Patient/{self.patient}"}
