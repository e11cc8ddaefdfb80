"""The envelope of a hook request: everything around the FHIR data, checked strictly.

The FHIR data themselves (`prefetch`, `context.draftOrders`) are read by `reading`, which is as forgiving
as this module is strict.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus

import msgspec

from cds_service.ehr.fhir_server import Authorization
from cds_service.ehr.token import Token
from cds_service.knowledge.services import ServiceDefinition
from cds_service.reading import Whole
from cds_service.web.errors import Problem, Refusal
from cds_service.web.members import Members, Problems
from cds_service.web.one_pass import read_in_one_pass

_ID = r"(?!\.+$)[A-Za-z0-9._\-]{1,64}"  # FHIR id, and `_` because real servers use it
_PATIENT = re.compile(rf"(?:Patient/)?({_ID})")
_ENCOUNTER = re.compile(rf"(?:Encounter/)?({_ID})")
_USER = re.compile(rf"((?:Practitioner|PractitionerRole|Patient|RelatedPerson)/{_ID})")
_UUID = re.compile(r"([0-9a-f]{8}(-?)(?:[0-9a-f]{4}\2){3}[0-9a-f]{12})", re.IGNORECASE)
_TOKEN = re.compile(r"([\x21-\x7e]{1,16384})")
_BEARER = re.compile(r"(Bearer)", re.IGNORECASE)
_SERVER = re.compile(r"(https?://[^\s\x00-\x1f]{1,2048})")
_HOOKS_WITH_DRAFTS = {"order-select", "order-sign"}


class HookCall(msgspec.Struct, frozen=True, kw_only=True):
    """One hook request; ids come without their type (`123` for `Patient/123`), but `user_id` with it.

    `selections` name the drafts that are being ordered now. `fhir_server` is "" when there is none.
    """

    instance: str
    user_id: str
    patient_id: str
    encounter_id: str | None
    prefetch: Mapping[str, msgspec.Raw | Whole]
    drafts: msgspec.Raw | None
    selections: tuple[str, ...] = ()
    fhir_server: str = ""
    authorization: Authorization | None = None


def read_call(body: bytes, service: ServiceDefinition) -> HookCall:
    """Check and read the body of a call to `service`.

    Raises `Refusal` 400 with all problems found; they name members, never values.
    """
    problems: Problems = []
    call, whole = _open(body, service, problems)
    _check_hook(call, service)
    instance = call.text("hookInstance", _UUID, "a UUID")
    context = call.object("context", required=True)
    patient_id = context.text("patientId", _PATIENT, "a FHIR id")
    user_id = context.text(
        "userId", _USER, "Practitioner, PractitionerRole, Patient or RelatedPerson with '/' and an id"
    )
    encounter_id = context.text(
        "encounterId", _ENCOUNTER, "a FHIR id", required=service.hook == "encounter-start"
    )
    drafts, selections = _read_drafts(context, service)
    prefetch = call.object("prefetch").raws if whole is None else whole
    fhir_server, authorization = _read_access(call, patient_id)
    if problems:
        raise Refusal(HTTPStatus.BAD_REQUEST, *problems)
    return HookCall(
        instance=instance,
        user_id=user_id,
        patient_id=patient_id,
        encounter_id=encounter_id or None,
        prefetch=prefetch,
        drafts=drafts,
        selections=selections,
        fhir_server=fhir_server,
        authorization=authorization,
    )


def _open(
    body: bytes, service: ServiceDefinition, problems: Problems
) -> tuple[Members, dict[str, Whole] | None]:
    """The members of the body, and its prefetch where that could be read with them."""
    if service.hook not in _HOOKS_WITH_DRAFTS:  # draft orders are checked by themselves
        read = read_in_one_pass(body)
        if read is not None:
            return Members(read.members, "", problems), read.prefetch
    call = Members.of_body(body, problems)
    if call is None:
        raise Refusal(HTTPStatus.BAD_REQUEST, *problems)
    return call, None


def _check_hook(call: Members, service: ServiceDefinition) -> None:
    call.text("hook", _exactly(service.hook), f"'{service.hook}', the hook of this service")


@lru_cache(maxsize=16)
def _exactly(word: str) -> re.Pattern[str]:
    return re.compile(f"({re.escape(word)})")


def _read_drafts(context: Members, service: ServiceDefinition) -> tuple[msgspec.Raw | None, tuple[str, ...]]:
    """The draft orders, and which of them are being ordered now: all of them unless the hook says."""
    if service.hook not in _HOOKS_WITH_DRAFTS:
        return None, ()
    selections = context.texts("selections") if service.hook == "order-select" else ()
    context.object("draftOrders", required=True)
    return context.raws.get("draftOrders"), selections


def _read_access(call: Members, patient_id: str) -> tuple[str, Authorization | None]:
    """The FHIR server of the call, "" for none, and the token for it."""
    needed = call.given("fhirAuthorization")
    server = call.text("fhirServer", _SERVER, "an http or https URL", required=needed)
    if not needed:
        return server, None
    authorization = call.object("fhirAuthorization")
    token = authorization.text("access_token", _TOKEN, "a token of visible ASCII characters")
    authorization.text("token_type", _BEARER, "'Bearer'")
    expires_in = authorization.count("expires_in")
    scope = authorization.text("scope", required=False)
    authorization.text("subject", required=False)
    patient = authorization.text("patient", _PATIENT, "a FHIR id", required=False)
    if patient and patient_id and patient != patient_id:
        call.problems.append(
            Problem(
                "conflict", "fhirAuthorization.patient is not context.patientId", "fhirAuthorization.patient"
            )
        )
    return server, Authorization(Token(token), expires_in, scope)
