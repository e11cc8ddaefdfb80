"""Who calls: the one place where a token of a CDS client is accepted or not.

The order of the checks is fixed: what costs an attacker nothing comes first, what costs us something
comes last, and a token is marked as used only when everything else holds.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from jwt import PyJWK
from msgspec import UNSET, Struct

from cds_service.ehr.http import SafeHttp
from cds_service.ehr.key_fetch import key_fetch
from cds_service.ehr.key_source import KeySource
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.ehr.signed_tokens import SignedToken, check_signature, read_claims, read_token
from cds_service.settings import FhirServer, Issuer, Settings

ORDERS_SECONDS = 5.0  # until an order of the operator has reached every worker


class Caller(Struct, frozen=True):
    """Who calls. Without an `issuer` nobody was authenticated: the sandbox."""

    issuer: Issuer | None
    tenant: str  # "" where the token names none
    fhir_servers: tuple[FhirServer, ...]

    @property
    def name(self) -> str:
        """The alias of the caller in logs, metrics and the store."""
        return self.issuer.name if self.issuer else "open"

    def may_call(self, service: str) -> bool:
        """Whether this service is among those the caller may call."""
        return self.issuer is None or not self.issuer.services or service in self.issuer.services


class KeyOrders(Struct, frozen=True):
    """What the operator ordered about keys, by issuer alias.

    Pairs of issuer and key id that are refused, and since when (seconds since 1970) a key set must have
    been fetched.
    """

    blocked: frozenset[tuple[str, str]] = frozenset()
    newer_than: Mapping[str, float] = {}


class TokenStoreDown(Exception):  # noqa: N818 - a state of the store
    """It cannot be told whether the token was used before, so nobody is admitted now."""


class TokenStore(Protocol):
    """What is shared by all workers. Every method raises `TokenStoreDown` while the store is down."""

    @property
    def known_since(self) -> float:
        """Since when (seconds since 1970) used tokens are remembered."""

    def use_token(self, digest: bytes, expires: int) -> bool:
        """Mark a token as used until `expires` (seconds since 1970); False when it was used before."""

    def key_orders(self) -> KeyOrders:
        """The orders in force."""


class KeyWatch(Protocol):
    """Is told how it is with the key sets, by issuer alias."""

    def fetched(self, issuer: str, result: str) -> None:
        """A key set was fetched, or was to be; `result` is `fetched`, or a code that says why not."""

    def used(self, issuer: str, age: float) -> None:
        """A key was taken from a set that was fetched `age` seconds ago."""


class Verified(Struct, frozen=True):
    """A caller whose token holds in everything, except that it may have been used before."""

    caller: Caller
    digest: bytes
    issued: float  # seconds since 1970, like all times here
    expires: int


class OpenGate:
    """Admits everybody: for a service that has no issuers, the sandbox."""

    def __init__(self, settings: Settings) -> None:
        self._everybody = Caller(None, "", settings.fhir_servers)

    def admit(self, _authorization: Sequence[str], _audience: str, _now: float) -> Caller:
        """Whoever calls, token or not."""
        return self._everybody


class Gatekeeper:
    """Admits callers by their tokens."""

    def __init__(self, settings: Settings, store: TokenStore, http: SafeHttp, watch: KeyWatch) -> None:
        self._skew = settings.limits.clock_skew_seconds
        self._store = store
        self._watch = watch
        self._orders = _HeldOrders(store)
        self._issuers = {issuer.iss: issuer for issuer in settings.issuers}
        self.key_sources = {
            issuer.name: KeySource(key_fetch(issuer, http), partial(watch.fetched, issuer.name))
            for issuer in settings.issuers
        }

    def admit(self, authorization: Sequence[str], audience: str, now: float) -> Caller:
        """The caller with these Authorization headers at the address `audience`; its token is used up.

        Raises `NotAdmitted` whatever is wrong, and `TokenStoreDown`.
        """
        with _all_refused_alike():
            return self._use(self.verify(authorization, audience, now))

    def verify(self, authorization: Sequence[str], audience: str, now: float) -> Verified:
        """Like `admit`, without using the token up and without asking whether it was used."""
        with _all_refused_alike():
            token = read_token(authorization)
            issuer = self._issuers.get(token.iss)
            if issuer is None:
                raise NotAdmitted("issuer")
            try:
                return self._verify(token, issuer, audience, now)
            except NotAdmitted as refused:
                raise NotAdmitted(refused.reason, issuer.name) from refused

    def _verify(self, token: SignedToken, issuer: Issuer, audience: str, now: float) -> Verified:
        if token.header.alg not in issuer.algorithms:
            raise NotAdmitted("algorithm")
        if token.header.jku not in (UNSET, issuer.jku):
            raise NotAdmitted("jku")
        key = self._key(token.header.kid, issuer, now)
        check_signature(token, key, issuer.iss, (audience, *issuer.audiences))
        claims = read_claims(token, now, self._skew, issuer.max_token_seconds)
        if issuer.tenants and claims.tenant not in issuer.tenants:
            raise NotAdmitted("tenant")
        return Verified(
            caller=Caller(issuer, claims.tenant, issuer.fhir_servers),
            digest=claims.digest(),
            issued=claims.iat,
            expires=math.ceil(claims.exp + self._skew),
        )

    def _key(self, kid: str, issuer: Issuer, now: float) -> PyJWK:
        orders = self._orders.at(now)
        if (issuer.name, kid) in orders.blocked:
            raise NotAdmitted("blocked")
        source = self.key_sources[issuer.name]
        key = source.find(kid, now, orders.newer_than.get(issuer.name, -math.inf))
        self._watch.used(issuer.name, source.age(now))
        return key

    def _use(self, verified: Verified) -> Caller:
        """Tokens from before the store began to remember may have been used before, so they count as used."""
        known = verified.issued >= self._store.known_since - self._skew
        if not known or not self._store.use_token(verified.digest, verified.expires):
            raise NotAdmitted("replayed", verified.caller.name)
        return verified.caller


@contextmanager
def _all_refused_alike() -> Iterator[None]:
    """An odd token that breaks a library must not look different from other wrong ones."""
    try:
        yield
    except (NotAdmitted, TokenStoreDown):
        raise
    except Exception as error:
        raise NotAdmitted("unexpected") from error


class _HeldOrders:
    """The orders in force, asked of the store every few seconds."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._held = KeyOrders()
        self._asked = math.inf  # no time is near it

    def at(self, now: float) -> KeyOrders:
        if abs(now - self._asked) >= ORDERS_SECONDS:
            self._held = self._store.key_orders()
            self._asked = now
        return self._held
