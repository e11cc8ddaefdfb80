"""The synthetic patients of `fhir_fixtures/`: one story a file, its dates counted from the day it is told.

Every patient is made up, named Testpatient, and tagged HTEST on every resource. A story gives the
FHIR R4 resources in YAML; `@today-21` is the day three weeks ago, `@today-21T10:00Z` a moment of
it, `@today-82y` the day 82 years ago, and `@loinc` an address of `layout.yaml`.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from cds_service.yaml_text import read_yaml_text

Json = dict[str, Any]

_DAY = re.compile(r"@today(?:-(\d+)(y?))?(T\d\d:\d\d)?(Z)?\Z")
_INSTANCES = uuid.UUID("6f4c1e0a-6e0e-5b0c-9d5a-3a8f3f0d8e11")
_FULL_URL = "https://ehr.example/fhir"


class _Layout(msgspec.Struct, frozen=True):
    systems: dict[str, str]
    tag: dict[str, str]
    visit: Json
    prefetch: dict[str, list[str]]


class _Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    story: str
    cards: dict[str, str]
    resources: list[Json]
    tiers: dict[str, str] = {}
    top: str = ""


class FixturePatient:
    """One synthetic patient: a story and the cards it must give.

    `cards` is card id -> indicator, `tiers` cause -> tier, `top` the cause ranked first ("" for none).
    """

    def __init__(self, story: _Story, layout: _Layout) -> None:
        self.id = story.id
        self.story = story.story
        self.cards = story.cards
        self.tiers = story.tiers
        self.top = story.top
        self._written = story.resources
        self._layout = layout

    def resources(self, today: date) -> list[Json]:
        """The FHIR resources on a day: the Patient first, the visit last unless the story has its own."""
        written = self._written
        if not any(resource["resourceType"] == "Encounter" for resource in written):
            written = [*written, self._layout.visit]
        return [self._complete(place, resource, today) for place, resource in enumerate(written)]

    def bundle(self, today: date) -> Json:
        """A FHIR Bundle of type collection with everything about the patient."""
        return {"resourceType": "Bundle", "type": "collection", "entry": _entries(self.resources(today))}

    def hook_request(self, today: date, hook: str = "patient-view", instance: str = "") -> Json:
        """A CDS Hooks request with all prefetch keys, as for `patient-view` and `encounter-start`.

        Without `instance` (a UUID), the hookInstance is the same for the same patient, day and hook.
        """
        found = self.resources(today)
        patient, visit = found[0], _first(found, "Encounter")
        prefetch: Json = {"patient": patient, "encounter": visit}
        for key, kinds in self._layout.prefetch.items():
            entries = _entries(resource for resource in found if _kind(resource) in kinds)
            prefetch[key] = {
                "resourceType": "Bundle",
                "type": "searchset",
                "total": len(entries),
                "entry": entries,
            }
        return {
            "hook": hook,
            "hookInstance": instance or str(uuid.uuid5(_INSTANCES, f"{self.id} {today} {hook}")),
            "context": {"userId": "Practitioner/test", "patientId": self.id, "encounterId": visit["id"]},
            "prefetch": prefetch,
        }

    def _complete(self, place: int, written: Json, today: date) -> Json:
        kind = written["resourceType"]
        head = {"resourceType": kind, "id": self.id if kind == "Patient" else f"{self.id}-{place}"}
        if kind not in {"Patient", "Medication"}:
            head["subject"] = {"reference": f"Patient/{self.id}"}
        told: Json = {name: self._tell(value, today) for name, value in written.items()}
        return {**head, **told, "meta": {"tag": [self._layout.tag]}}

    def _tell(self, value: Any, today: date) -> Any:
        """The value with its `@` words replaced. Raises `ValueError` for one nobody knows."""
        if isinstance(value, dict):
            return {name: self._tell(member, today) for name, member in value.items()}
        if isinstance(value, list):
            return [self._tell(member, today) for member in value]
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        if match := _DAY.match(value):
            return _day(match, today)
        if (address := self._layout.systems.get(value[1:])) is None:
            raise ValueError(f"{self.id}: {value!r} is neither a day like @today-3 nor a name of layout.yaml")
        return address


def patients(folder: Path | None = None) -> list[FixturePatient]:
    """All stories in order of their ids; `folder` in place of the one that came with the program.

    Raises `OSError` when the folder is missing and `msgspec.ValidationError` naming the file of a bad story.
    """
    folder = folder or fixtures_dir()
    layout = msgspec.convert(_read(folder / "layout.yaml"), _Layout)
    return [FixturePatient(_story(path), layout) for path in sorted((folder / "patients").glob("*.yaml"))]


def bulk_export(chosen: Iterable[FixturePatient], today: date) -> dict[str, bytes]:
    """A Bulk Data export as a FHIR server would write it: file name -> NDJSON, one file a resource type."""
    lines: dict[str, list[bytes]] = {}
    for patient in chosen:
        for resource in patient.resources(today):
            lines.setdefault(resource["resourceType"], []).append(msgspec.json.encode(resource))
    return {f"{kind}.ndjson": b"\n".join(found) + b"\n" for kind, found in lines.items()}


def fixtures_dir() -> Path:
    """The folder `fhir_fixtures/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    packaged = package / "fhir_fixtures"
    return packaged if packaged.is_dir() else package.parent / "fhir_fixtures"


def _story(path: Path) -> _Story:
    try:
        return msgspec.convert(_read(path), _Story)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{path}: {error}") from error


def _read(path: Path) -> Any:
    return read_yaml_text(path.read_text(encoding="utf-8"))[0]


def _day(match: re.Match[str], today: date) -> str:
    count, years, clock, zone = match.groups()
    back = int(count or 0)
    day = _years_before(today, back) if years else today - timedelta(days=back)
    return day.isoformat() + (f"{clock}:00{zone or ''}" if clock else "")


def _years_before(today: date, years: int) -> date:
    if (today.month, today.day) == (2, 29):
        today -= timedelta(days=1)
    return today.replace(year=today.year - years)


def _entries(resources: Iterable[Json]) -> list[Json]:
    return [
        {"fullUrl": f"{_FULL_URL}/{resource['resourceType']}/{resource['id']}", "resource": resource}
        for resource in resources
    ]


def _first(resources: Iterable[Json], kind: str) -> Json:
    return next(resource for resource in resources if resource["resourceType"] == kind)


def _kind(resource: Json) -> str:
    """The resource type; the category for an Observation."""
    kind: str = resource["resourceType"]
    return kind if kind != "Observation" else next(_categories(resource))


def _categories(observation: Json) -> Iterator[str]:
    for category in observation["category"]:
        yield from (coding["code"] for coding in category["coding"])
