"""From the launch to the visit: `GET /smart/launch`, `GET /smart/callback`."""

import hmac
import re
import secrets
import time
from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, redirect, request

from cds_service.ehr.addresses import is_fhir_id
from cds_service.ehr.authorization import AuthorizationServer, Grant, Launch, LaunchRefused
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import SafeHttp
from cds_service.ehr.identity import read_user
from cds_service.settings import FhirServer, Issuer, Settings, SmartClient
from cds_service.web.pages import page
from cds_service.web.pages.language import prefer
from cds_service.web.smart.session import PageRefused, Sessions, SmartVisit, new_secret
from cds_service.wording import translatable

_SECONDS = 5.0  # a person waits, not an EHR
_STATE = re.compile(r"([A-Za-z0-9_-]{16})\.[A-Za-z0-9_-]{43}")


class Launcher:
    """Launches the app for the EHRs it is registered with."""

    def __init__(self, settings: Settings, sessions: Sessions, own_base: str) -> None:
        self._issuers = [issuer for issuer in settings.issuers if issuer.smart]
        self._http = SafeHttp(settings.limits)
        self._sessions = sessions
        self._own_base = own_base

    def launch(self) -> Response:
        """Send the browser to the authorization server of `iss`; without it, let the user choose one."""
        base = request.args.get("iss", "")
        if not base:
            bases = [(issuer.name, server.base) for issuer in self._issuers for server in issuer.fhir_servers]
            return page("launch.html", bases=bases)
        issuer, server, smart = self._find(base)
        name = secrets.token_urlsafe(12)
        with Deadline(_SECONDS) as deadline:
            authorization = AuthorizationServer(self._http, server, smart, deadline)
            launch = Launch(
                issuer=issuer.name,
                base=server.base,
                launch=request.args.get("launch", ""),
                state=f"{name}.{new_secret()}",
                nonce=new_secret(),
                verifier=new_secret(),
                redirect_uri=f"{self._own_base}/smart/callback",
                endpoints=authorization.find(),
            )
        answer = see(authorization.address(launch), HTTPStatus.FOUND)
        self._sessions.begin(answer, name, msgspec.msgpack.encode(launch), issuer, waits=True)
        return answer

    def callback(self) -> Response:
        """Turn the code into a token and begin the visit. State and cookie are used up by the first try."""
        match = _STATE.fullmatch(request.args.get("state", ""))
        kept = self._sessions.take(match[1]) if match else None
        if match is None or kept is None:
            raise LaunchRefused(
                translatable("This launch is not one of this browser, or it was used before.")
            )
        launch = msgspec.msgpack.decode(kept, type=Launch)
        self._check(launch)
        issuer, server, smart = self._find(launch.base)
        with Deadline(_SECONDS) as deadline:
            authorization = AuthorizationServer(self._http, server, smart, deadline)
            grant = authorization.exchange(launch, request.args["code"])
            user = self._user(authorization, launch, grant, smart)
        visit = _visit(launch, grant, user)
        answer = see(f"{self._own_base}/smart/{visit.launch}/form")
        self._sessions.forget(answer, match[1])
        self._sessions.begin(answer, visit.launch, msgspec.msgpack.encode(visit), issuer, waits=False)
        return answer

    def _check(self, launch: Launch) -> None:
        if not hmac.compare_digest(request.args["state"].encode(), launch.state.encode()):
            raise LaunchRefused(
                translatable("This launch is not one of this browser, or it was used before.")
            )
        said = request.args.get("iss")  # RFC 9207
        if said is not None and said != (launch.endpoints.issuer or launch.base):
            raise LaunchRefused(
                translatable("The answer came from another authorization server than was asked.")
            )
        if "error" in request.args or not request.args.get("code"):
            raise LaunchRefused(translatable("The EHR did not permit the launch."))

    def _user(
        self, authorization: AuthorizationServer, launch: Launch, grant: Grant, smart: SmartClient
    ) -> str:
        if "openid" not in smart.scopes or not grant.id_token:
            return ""
        return read_user(grant.id_token, launch.endpoints, smart.client_id, launch.nonce, authorization.fetch)

    def _find(self, base: str) -> tuple[Issuer, FhirServer, SmartClient]:
        """Letter for letter one of the listed FHIR bases. Raises `PageRefused` 400 without asking anybody."""
        for issuer in self._issuers:
            for server in issuer.fhir_servers:
                if server.base == base.rstrip("/") and issuer.smart:
                    prefer(issuer.language)
                    return issuer, server, issuer.smart
        raise PageRefused(
            HTTPStatus.BAD_REQUEST, translatable("This app is not open to the EHR that launched it.")
        )


def add_launching(pages: Blueprint, launcher: Launcher) -> None:
    """The two addresses of a launch."""
    pages.add_url_rule("/smart/launch", "launch", launcher.launch, methods=["GET"])
    pages.add_url_rule("/smart/callback", "callback", launcher.callback, methods=["GET"])


def _visit(launch: Launch, grant: Grant, user: str) -> SmartVisit:
    if not is_fhir_id(grant.patient):
        raise LaunchRefused(translatable("The EHR did not say which patient the app is opened for."))
    return SmartVisit(
        launch=secrets.token_urlsafe(12),
        issuer=launch.issuer,
        base=launch.base,
        patient=grant.patient,
        encounter=grant.encounter if is_fhir_id(grant.encounter) else "",
        user=user,
        scope=grant.scope,
        token=grant.access_token,
        token_ends=time.time() + grant.expires_in,
        csrf=new_secret(),
    )


def see(address: str, status: HTTPStatus = HTTPStatus.SEE_OTHER) -> Response:
    """Send the browser to another address."""
    answer = redirect(address, status, Response)
    assert isinstance(answer, Response)
    return answer
