"""The FHIR R4 server of the demo EHR: read, search with paging, create; for Bearer tokens with scopes.

It is small on purpose. `sekmet-fhir`, a ready-made one for tests, was tried: it passes over `patient`
when it searches for QuestionnaireResponse, and so answers with those of other patients; and its tokens
are for systems, never for one user with one patient.
"""

import threading
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

import msgspec
from flask import Blueprint, Response, request
from pydantic import ValidationError

from cds_service.compose.resources import validate
from cds_service.demo.permits import Passes, Permit
from cds_service.demo.records import Records, Resource, may_be_seen
from cds_service.demo.searching import SearchError, search

CREATED = ("Condition", "Observation", "QuestionnaireResponse", "ServiceRequest", "Task")
_SEARCHED = ("Encounter", "Medication", "MedicationRequest", "MedicationStatement", "Patient")
_PAGE, _MOST_ON_A_PAGE = 50, 1000
_FROM = "_from"  # the paging parameter; clients must not care
_BEARER = "Bearer "


class _Refused(Exception):  # noqa: N818 - it is an answer
    """Answered with an OperationOutcome."""

    def __init__(self, status: HTTPStatus, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class _Server:
    """Answers the addresses below /fhir."""

    def __init__(self, records: Records, permits: Passes[Permit], base: str) -> None:
        self._records = records
        self._permits = permits
        self._base = base
        self._creating = threading.Lock()

    def read(self, kind: str, identifier: str) -> Response:
        permit = self._permit(kind, "r")
        found = self._records.read(kind, identifier)
        if found is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "not-found", "There is no such resource.")
        if not may_be_seen(found, permit.patient):
            raise _Refused(HTTPStatus.FORBIDDEN, "forbidden", "The token is for another patient.")
        return _answer(found)

    def search(self, kind: str) -> Response:
        permit = self._permit(kind, "s")
        given = list(request.args.items(multi=True))
        count, start = _number(given, "_count", _PAGE), _number(given, _FROM, 0)
        asked = [(name, value) for name, value in given if name not in ("_count", _FROM)]
        seen = [found for found in self._records.all_of(kind) if may_be_seen(found, permit.patient)]
        try:
            found = search(seen, asked)
        except SearchError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, "not-supported", str(error)) from error
        shown = found[start : start + count]
        paged = [*asked, ("_count", str(count))]
        links = [self._link("self", kind, [*paged, (_FROM, str(start))])]
        if count and start + count < len(found):
            links.append(self._link("next", kind, [*paged, (_FROM, str(start + count))]))
        entries = [{"fullUrl": self._url(one), "resource": one, "search": {"mode": "match"}} for one in shown]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
        return _answer(bundle | ({"entry": entries} if entries else {}))

    def create(self, kind: str) -> Response:
        permit = self._permit(kind, "c")
        if kind not in CREATED:
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", f"No {kind} can be created here.")
        resource = _read_body(kind)
        if not may_be_seen(resource | {"id": ""}, permit.patient):
            raise _Refused(HTTPStatus.FORBIDDEN, "forbidden", "The token is for another patient.")
        once = request.headers.get("If-None-Exist")
        with self._creating:
            if once and (existing := search(self._records.all_of(kind), parse_qsl(once))):
                return _answer(existing[0])
            kept = self._records.create(resource)
        return _answer(kept, HTTPStatus.CREATED, {"Location": f"{self._url(kept)}/_history/1"})

    def _permit(self, kind: str, interaction: str) -> Permit:
        """What the token permits. Raises `_Refused`: 401 without one, 403 without the scope, 404."""
        given = request.headers.get("Authorization", "")
        permit = self._permits.find(given.removeprefix(_BEARER)) if given.startswith(_BEARER) else None
        if permit is None:
            raise _Refused(HTTPStatus.UNAUTHORIZED, "login", "A valid Bearer token is needed.")
        if kind not in (*CREATED, *_SEARCHED):
            raise _Refused(HTTPStatus.NOT_FOUND, "not-supported", "This server has no such resource type.")
        if not permit.allows(kind, interaction):
            raise _Refused(HTTPStatus.FORBIDDEN, "forbidden", "The scope of the token does not cover this.")
        return permit

    def _url(self, resource: Resource) -> str:
        return f"{self._base}/{resource['resourceType']}/{resource['id']}"

    def _link(self, relation: str, kind: str, parameters: list[tuple[str, str]]) -> dict[str, str]:
        return {"relation": relation, "url": f"{self._base}/{kind}?{urlencode(parameters)}"}


def blueprint(records: Records, permits: Passes[Permit], base: str) -> Blueprint:
    """The FHIR server at `/fhir`; `base` is the address it has for others."""
    pages = Blueprint("fhir", __name__, url_prefix="/fhir")
    server = _Server(records, permits, base)
    pages.add_url_rule("/<kind>/<identifier>", "read", server.read, methods=["GET"])
    pages.add_url_rule("/<kind>", "search", server.search, methods=["GET"])
    pages.add_url_rule("/<kind>", "create", server.create, methods=["POST"])
    pages.register_error_handler(_Refused, _refuse)
    return pages


def _read_body(kind: str) -> Resource:
    """The resource of a create. Raises `_Refused` 400 for no resource of the type, 422 for an invalid one."""
    try:
        resource: Resource = msgspec.json.decode(request.get_data(), type=dict)
        if resource.get("resourceType") != kind:
            raise _Refused(HTTPStatus.BAD_REQUEST, "invalid", f"The body must be a {kind}.")
        validate(resource)
    except msgspec.MsgspecError as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, "structure", "The body is no JSON object.") from error
    except ValidationError as error:
        wrong = {".".join(map(str, problem["loc"])) for problem in error.errors()}
        text = f"No valid FHIR R4 {kind}; look at {', '.join(sorted(wrong))}."
        raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", text) from error
    return resource


def _number(given: list[tuple[str, str]], name: str, default: int) -> int:
    text = next((value for key, value in given if key == name), str(default))
    if not (text.isascii() and text.isdecimal()):
        raise _Refused(HTTPStatus.BAD_REQUEST, "value", f"{name} must be a number.")
    return min(int(text[:9]), _MOST_ON_A_PAGE)


def _answer(
    body: Resource, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(msgspec.json.encode(body), status, headers, mimetype="application/fhir+json")


def _refuse(refused: _Refused) -> Response:
    issue = {"severity": "error", "code": refused.code, "diagnostics": str(refused)}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    challenge = {"WWW-Authenticate": "Bearer"} if refused.status == HTTPStatus.UNAUTHORIZED else None
    return _answer(outcome, refused.status, challenge)
