"""An EHR for tests of the SMART app: an authorization server and a FHIR server in one thread on loopback.

It stands in for a real EHR because it must also lie: `tokens` and `configuration` can be changed before a
launch. Its FHIR server gives every resource of one synthetic patient and keeps what is created.
"""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server

from cds_service.fixtures import patients
from tests.support.quiet import Quiet
from tests.support.signing import ec_key, public_jwk

Json = dict[str, Any]
CLIENT_ID = "leg-soreness-app"


class SmartEhr:
    """What the next launch is told can be changed; `created` are the resources it was sent."""

    def __init__(self, patient_id: str) -> None:
        self.patient = next(patient for patient in patients() if patient.id == patient_id)
        self.resources = self.patient.resources(datetime.now(UTC).date())
        self.created: list[Json] = []
        self.asked: list[str] = []  # every address that was asked for
        self.codes: dict[str, Json] = {}
        self.token_changes: Json = {}
        self.claims: Json = {}
        self.configuration_changes: Json = {}
        self.token_body: bytes | None = None
        self.refuses_writes = False
        self.base = ""

    @property
    def configuration(self) -> Json:
        """What `.well-known/smart-configuration` says."""
        usual = {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/keys",
            "code_challenge_methods_supported": ["S256"],
        }
        return usual | self.configuration_changes

    def permit(self, address: str) -> str:
        """What the user's browser is sent back with: the query of the callback."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = uuid.uuid4().hex
        self.codes[code] = asked
        return f"code={code}&state={asked['state']}"

    def token(self, asked: Json) -> Json:
        """The answer of the token endpoint."""
        usual = {
            "access_token": "synthetic-token",
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": asked["scope"],
            "patient": self.patient.id,
            "id_token": self.id_token(asked),
        }
        return {name: value for name, value in (usual | self.token_changes).items() if value is not None}

    def id_token(self, asked: Json) -> str:
        """Who the user is, signed."""
        now = int(time.time())
        claims = {
            "iss": self.base,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "sub": "u1",
            "nonce": asked["nonce"],
            "fhirUser": f"{self.base}/Practitioner/test",
        }
        return jwt.encode(claims | self.claims, ec_key("ehr"), "ES384", headers={"kid": "ehr"})


class _Addresses:
    """What the EHR answers, by address."""

    def __init__(self, ehr: SmartEhr) -> None:
        self.ehr = ehr

    def configuration(self) -> Json:
        return self.ehr.configuration

    def keys(self) -> Json:
        return {"keys": [public_jwk(ec_key("ehr"), "ehr")]}

    def authorize(self) -> Any:
        return redirect(f"{request.args['redirect_uri']}?{self.ehr.permit(request.url)}")

    def token(self) -> Any:
        asked = self.ehr.codes.pop(request.form["code"], None)
        if asked is None or asked["client_id"] != request.form["client_id"]:
            return {"error": "invalid_grant"}, 400
        if self.ehr.token_body is not None:
            return Response(self.ehr.token_body, mimetype="application/json")
        return self.ehr.token(asked)

    def read(self, kind: str, identifier: str) -> Any:
        named = (kind, identifier)
        found = [one for one in self.ehr.resources if (one["resourceType"], one["id"]) == named]
        return (found[0], 200) if found else ({}, 404)

    def search(self, kind: str) -> Json:
        found = [one for one in (*self.ehr.resources, *self.ehr.created) if one["resourceType"] == kind]
        entries = [{"resource": resource, "search": {"mode": "match"}} for resource in found]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    def create(self, kind: str) -> Any:
        if self.ehr.refuses_writes:
            return {}, 500
        resource = json.loads(request.get_data())
        known = [one for one in self.ehr.created if one.get("identifier") == resource.get("identifier")]
        if known and "If-None-Exist" in request.headers:
            return known[0], 200
        resource["id"] = f"{kind.lower()}-{len(self.ehr.created) + 1}"
        self.ehr.created.append(resource)
        return resource, 201


def _application(ehr: SmartEhr) -> Flask:
    app, addresses = Flask("smart-ehr"), _Addresses(ehr)
    app.before_request(lambda: ehr.asked.append(request.path))
    app.get("/fhir/.well-known/smart-configuration")(addresses.configuration)
    app.get("/fhir/keys")(addresses.keys)
    app.get("/fhir/authorize")(addresses.authorize)
    app.post("/fhir/token")(addresses.token)
    app.get("/fhir/<kind>/<identifier>")(addresses.read)
    app.get("/fhir/<kind>")(addresses.search)
    app.post("/fhir/<kind>")(addresses.create)
    return app


@contextmanager
def running_ehr(patient_id: str) -> Iterator[SmartEhr]:
    """The EHR, open at one patient."""
    ehr = SmartEhr(patient_id)
    server = make_server("127.0.0.1", 0, _application(ehr), threaded=True, request_handler=Quiet)
    ehr.base = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
