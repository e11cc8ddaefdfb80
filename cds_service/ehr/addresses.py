"""Addresses on a FHIR server: made of checked parts, or checked whole before they are followed."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from cds_service.reading.references import plain_reference

_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._\-]{1,64}\Z", re.ASCII)
_TOKEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_PATH = re.compile(r"[A-Za-z0-9._~$/:=,+@!*'()\-]*\Z")
_QUERY = re.compile(r"[!-~]*\Z")  # visible ASCII
_NEVER = re.compile(r"\.\.|%2e|[\\#]", re.IGNORECASE)
_LONGEST = 8_192
_USERS = {
    "Practitioner": "userPractitionerId",
    "PractitionerRole": "userPractitionerRoleId",
    "Patient": "userPatientId",
    "RelatedPerson": "userRelatedPersonId",
}


def context_values(patient_id: str, encounter_id: str | None, user_id: str) -> dict[str, str]:
    """What the tokens of a prefetch template stand for; a token without a value is left out.

    `user_id` is a reference (`Practitioner/7`) or "".
    """
    kind, _, user = user_id.partition("/")
    values = {
        "context.patientId": patient_id,
        "context.encounterId": encounter_id or "",
        "context.userId": user_id,
        _USERS.get(kind, ""): user,
    }
    return {name: value for name, value in values.items() if name and value}


def expand(template: str, values: Mapping[str, str]) -> str | None:
    """A prefetch template with its tokens filled in, None when one has no value that may stand there."""
    if not all(_fits(values.get(name, "")) for name in _TOKEN.findall(template)):
        return None
    return _TOKEN.sub(lambda match: quote(values[match[1]], safe="/"), template)


def is_fhir_id(text: str) -> bool:
    """Whether it is an id that may stand in an address."""
    return _ID.match(text) is not None


def _fits(value: str) -> bool:
    """A FHIR id, or `Type/id`."""
    kind, slash, bare = value.rpartition("/")
    return is_fhir_id(bare) and (not slash or kind in _USERS)


def page_below(base: str, link: str) -> str | None:
    """The address of a further page if it certainly is one of this server's, else None."""
    if len(link) > _LONGEST or _NEVER.search(link) or not link.startswith((f"{base}/", f"{base}?")):
        return None
    path, _, query = link.removeprefix(base).partition("?")
    return link if _PATH.match(path) and _QUERY.match(query) else None


def medication_below(base: str, reference: str) -> str | None:
    """The address of a Medication a record of this server refers to, None for any other's."""
    kind, _, bare = plain_reference(reference).partition("/")
    ours = reference.startswith(("Medication/", f"{base}/Medication/"))
    return (
        f"{base}/Medication/{quote(bare, safe='')}"
        if ours and kind == "Medication" and _ID.match(bare)
        else None
    )
