"""Who may call: the bearer token of a request, and the one answer to everybody who is not admitted.

Why somebody is not admitted goes to the log and to the metric, never into the answer.
"""

import time
from http import HTTPStatus

from flask import Flask, Response, g, request
from sqlalchemy import Connection

from cds_service.ehr.callers import Caller, Gatekeeper, KeyOrders, OpenGate, TokenStoreDown
from cds_service.ehr.http import SafeHttp
from cds_service.ehr.key_fetch import key_file_problems
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.settings import Settings, SettingsError
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.audit import MICROSECONDS
from cds_service.store.key_orders import WHOLE_SET, read_orders
from cds_service.web import metrics
from cds_service.web.errors import Problem, Refusal, refuse
from cds_service.web.log import log_bug, log_event, log_not_admitted, log_refusal

_SERVICES = "/cds-services"
_NOT_ADMITTED = Problem("login", "Send a valid token for this address.")
_FORBIDDEN = Problem("forbidden", "This caller may not call this service.")
_DOWN = Problem("transient", "Tokens cannot be checked now. Call again in a second.")


class SharedTokens:
    """The used tokens and the operator's orders in the store, which all workers share."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def known_since(self) -> float:
        """Since when (seconds since 1970) used tokens are remembered."""
        return self._store.tokens_known_since

    def use_token(self, digest: bytes, expires: int) -> bool:
        """Mark a token as used. Raises `TokenStoreDown`."""
        try:
            return self._store.use_token(digest, expires)
        except StoreUnavailableError as error:
            raise TokenStoreDown from error

    def key_orders(self) -> KeyOrders:
        """The operator's orders. Raises `TokenStoreDown`."""
        try:
            with self._store.reading() as connection:
                return orders_in_force(connection)
        except StoreUnavailableError as error:
            raise TokenStoreDown from error


def orders_in_force(connection: Connection) -> KeyOrders:
    """What the operator ordered about the keys of the callers."""
    rows = read_orders(connection)
    return KeyOrders(
        blocked=frozenset((row.issuer, row.kid) for row in rows if row.kid != WHOLE_SET),
        newer_than={row.issuer: row.ordered_at / MICROSECONDS for row in rows if row.kid == WHOLE_SET},
    )


class KeyFigures:
    """Keeps the figures and the log of the key sets."""

    def fetched(self, issuer: str, result: str) -> None:
        """One line in the log a fetch."""
        log_event("key set", issuer=issuer, outcome=result)

    def used(self, issuer: str, age: float) -> None:
        """The age of the set in use, in seconds."""
        metrics.jwks_age_seconds.labels(issuer).set(age)


class Admission:
    """Admits the caller of the current request. Each address wants a token of its own."""

    def __init__(self, gate: Gatekeeper | OpenGate, public_base_url: str) -> None:
        self._gate = gate
        self._base = public_base_url

    def to_service(self, service_id: str) -> Caller:
        """The caller of a service. Raises `NotAdmitted`, `TokenStoreDown`, and `Refusal` 403."""
        return self._to(f"/{service_id}", service_id)

    def to_feedback(self, service_id: str) -> Caller:
        """Who sends feedback to a service. Raises like `to_service`."""
        return self._to(f"/{service_id}/feedback", service_id)

    def to_discovery(self) -> None:
        """Discovery is public, but a token that is shown there must be right. Raises like `to_service`."""
        if "Authorization" in request.headers:
            self._admit(_SERVICES)

    def to_version(self) -> Caller:
        """A signed caller; where nobody signs nobody is let in. Raises `NotAdmitted`, `TokenStoreDown`."""
        caller = self._admit("/version")
        if caller.issuer is None:
            raise NotAdmitted("missing")
        return caller

    def _to(self, path: str, service_id: str) -> Caller:
        caller = self._admit(_SERVICES + path)
        if not caller.may_call(service_id):
            metrics.auth_refused.labels("service").inc()
            raise Refusal(HTTPStatus.FORBIDDEN, _FORBIDDEN)
        return caller

    def _admit(self, path: str) -> Caller:
        headers = request.headers.getlist("Authorization")
        caller = self._gate.admit(headers, self._base + path, time.time())
        g.issuer, g.tenant = caller.name, caller.tenant
        return caller


def open_admission(settings: Settings, store: Store | None, http: SafeHttp) -> Admission:
    """Admission as the settings want it. Raises `SettingsError` where tokens could not be checked."""
    if not settings.issuers:
        return Admission(OpenGate(settings), settings.public_base_url)
    if problems := list(key_file_problems(settings)):
        raise SettingsError(problems)
    if store is None:
        raise SettingsError(["database.url is missing; the store remembers which tokens were used"])
    return Admission(Gatekeeper(settings, SharedTokens(store), http, KeyFigures()), settings.public_base_url)


def register(app: Flask) -> None:
    """Answer those who are not admitted, all alike."""
    app.register_error_handler(NotAdmitted, _answer_not_admitted)
    app.register_error_handler(TokenStoreDown, _answer_store_down)


def _answer_not_admitted(refused: NotAdmitted) -> Response:
    metrics.auth_refused.labels(refused.reason).inc()
    log_not_admitted(refused.reason, refused.issuer)
    if refused.reason == "unexpected" and refused.__cause__ is not None:
        log_bug(refused.__cause__)
    answer = refuse(HTTPStatus.UNAUTHORIZED, _NOT_ADMITTED)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer_store_down(_down: TokenStoreDown) -> Response:
    log_refusal(HTTPStatus.SERVICE_UNAVAILABLE, [_DOWN.code])
    return refuse(HTTPStatus.SERVICE_UNAVAILABLE, _DOWN)
