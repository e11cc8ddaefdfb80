"""The EHR's SMART authorization server: found, asked for a code, and the code turned into a token.

SMART App Launch 2.2 with PKCE (S256). The server is found below a FHIR base that the operator listed;
its endpoints must be https, or loopback where the FHIR base is, and on a host that was listed too.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import Posted, SafeHttp, Target
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Unavailable
from cds_service.settings import FhirServer, SmartClient, is_loopback
from cds_service.wording import translatable

_LARGEST = 100_000  # bytes of an answer
_PKCE = "S256"
_TOKEN = re.compile(r"[!-~]+").fullmatch
_FORM = "application/x-www-form-urlencoded"

T = TypeVar("T", bound=msgspec.Struct)


class LaunchRefused(Exception):  # noqa: N818 - it is told to the user
    """The launch cannot go on; `text` says why, without a value of the request.

    It is marked for translation; `detail` is for whoever is asked for help, in English.
    """

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(f"{text} {detail}".rstrip())
        self.text = text
        self.detail = detail


class Endpoints(msgspec.Struct, frozen=True):
    """`.well-known/smart-configuration`, as far as it is used."""

    authorization_endpoint: str
    token_endpoint: str
    code_challenge_methods_supported: list[str] = []
    issuer: str = ""
    jwks_uri: str = ""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """One launch under way; kept sealed until its callback. `launch` is "" for a standalone launch."""

    issuer: str  # alias
    base: str
    launch: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    endpoints: Endpoints


class Grant(msgspec.Struct, frozen=True):
    """The answer of the token endpoint."""

    access_token: str
    token_type: str
    patient: str = ""
    encounter: str = ""
    scope: str = ""
    expires_in: int = 3600
    id_token: str = ""

    def __repr__(self) -> str:
        return "Grant(***)"


class AuthorizationServer:
    """The authorization server of one FHIR server, as the app is registered with it."""

    def __init__(self, http: SafeHttp, server: FhirServer, smart: SmartClient, deadline: Deadline) -> None:
        self._http = http
        self._server = server
        self._smart = smart
        self._deadline = deadline

    def find(self) -> Endpoints:
        """Its endpoints. Raises `LaunchRefused`."""
        url = f"{self._server.base}/.well-known/smart-configuration"
        endpoints = _read(self.fetch(url, base=self._server.base), Endpoints)
        if _PKCE not in endpoints.code_challenge_methods_supported:
            raise LaunchRefused(translatable("The authorization server does not support PKCE with S256."))
        for address in (endpoints.authorization_endpoint, endpoints.token_endpoint, endpoints.jwks_uri):
            if address:
                self._check(address)
        return endpoints

    def address(self, launch: Launch) -> str:
        """Where the user's browser is sent to."""
        digest = hashlib.sha256(launch.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._smart.client_id,
            "redirect_uri": launch.redirect_uri,
            "scope": " ".join(_scopes(self._smart, launch)),
            "state": launch.state,
            "aud": launch.base,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": _PKCE,
            "nonce": launch.nonce,
        } | ({"launch": launch.launch} if launch.launch else {})
        endpoint = launch.endpoints.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def exchange(self, launch: Launch, code: str) -> Grant:
        """The token for a code. Raises `LaunchRefused`."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": launch.redirect_uri,
            "code_verifier": launch.verifier,
            "client_id": self._smart.client_id,
        }
        url = launch.endpoints.token_endpoint
        posted = Posted(urlencode(sent).encode(), _FORM, self._client_authentication())
        try:
            body = self._http.post(self._target(url, url), posted, self._deadline, _LARGEST)
        except Unavailable:
            raise LaunchRefused(translatable("The authorization server did not give a token.")) from None
        grant = _read(body, Grant)
        if grant.token_type.lower() != "bearer" or not _TOKEN(grant.access_token):
            raise LaunchRefused(
                translatable("The authorization server gave a token of another kind than Bearer.")
            )
        return grant

    def fetch(self, url: str, base: str = "") -> bytes:
        """A JSON document of the server. Raises `LaunchRefused`."""
        try:
            return self._http.get(self._target(url, base or url), self._deadline, _LARGEST).body
        except Unavailable as error:
            text = translatable("The authorization server could not be asked.")
            raise LaunchRefused(text, f"({error.reason})") from None

    def _target(self, url: str, base: str) -> Target:
        server = self._server
        same_host = urlsplit(url).hostname == urlsplit(server.base).hostname
        ca_file = server.ca_file if same_host else None
        return Target(url=url, base=base, private_network=server.private_network, ca_file=ca_file)

    def _check(self, address: str) -> None:
        own, asked = urlsplit(self._server.base), urlsplit(address)
        host = asked.hostname or ""
        if host != own.hostname and host not in self._smart.hosts:
            raise LaunchRefused(
                translatable("The authorization server is on a host that is not listed for this EHR.")
            )
        plain_here = asked.scheme == "http" and is_loopback(host) and own.scheme == "http"
        if (asked.scheme != "https" and not plain_here) or asked.username or asked.fragment:
            raise LaunchRefused(translatable("The authorization server has an address that may not be used."))

    def _client_authentication(self) -> dict[str, str]:
        file = self._smart.client_secret_file
        if file is None:
            return {}
        secret = Token(file.read_text(encoding="utf-8").strip())
        return {"Authorization": secret.basic(self._smart.client_id)}


def _scopes(smart: SmartClient, launch: Launch) -> list[str]:
    """`launch` belongs to a launch from the EHR, `launch/patient` to one without."""
    unfit = "launch/patient" if launch.launch else "launch"
    return [scope for scope in smart.scopes if scope != unfit]


def _read(body: bytes, kind: type[T]) -> T:
    try:
        members = msgspec.json.decode(body)
        if isinstance(members, Mapping):
            members = {name: value for name, value in members.items() if value is not None}
        return msgspec.convert(members, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise LaunchRefused(
            translatable("The authorization server answered with something that is not SMART.")
        ) from None
