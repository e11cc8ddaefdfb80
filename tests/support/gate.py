"""A gatekeeper for tests: settings with one issuer, and a memory of used tokens in this process."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from cds_service.ehr.callers import Gatekeeper, KeyOrders
from cds_service.ehr.http import SafeHttp
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.settings import Issuer, Limits, Settings
from tests.support.signing import AUDIENCE, BASE, ISS, NOW, key_set

HOOK = "/cds-services/leg-soreness"


class Memory:
    """Remembers used tokens as the store does; a test may change what it knows and orders."""

    def __init__(self) -> None:
        self.known_since = 0.0
        self.orders = KeyOrders()
        self.asked = 0
        self.used: dict[bytes, int] = {}
        self._one_at_a_time = threading.Lock()

    def use_token(self, digest: bytes, expires: int) -> bool:
        with self._one_at_a_time:
            is_new = digest not in self.used
            self.used[digest] = expires
        return is_new

    def key_orders(self) -> KeyOrders:
        self.asked += 1
        return self.orders


class Watching:
    """Keeps what it is told of the key sets."""

    def __init__(self) -> None:
        self.results: list[tuple[str, str]] = []
        self.ages: list[float] = []

    def fetched(self, issuer: str, result: str) -> None:
        self.results.append((issuer, result))

    def used(self, _issuer: str, age: float) -> None:
        self.ages.append(age)


def issuer(**changed: Any) -> Issuer:
    """The issuer of the tokens of `signing`; it needs `jku` or `jwks_file`."""
    return Issuer(**{"name": "ehr", "iss": ISS, **changed})


def settings(*issuers: Issuer, **changed: Any) -> Settings:
    """Settings of a service that knows these issuers."""
    return Settings(issuers=issuers, public_base_url=BASE, **changed)


def issuer_with_file(folder: Path, document: bytes | None = None, **changed: Any) -> Issuer:
    """An issuer whose key set is in a file."""
    file = folder / "keys.json"
    file.write_bytes(key_set() if document is None else document)
    return issuer(jwks_file=file, **changed)


def gatekeeper(*issuers: Issuer, memory: Memory | None = None, watch: Watching | None = None) -> Gatekeeper:
    """A gatekeeper that lets these issuers in."""
    return Gatekeeper(settings(*issuers), memory or Memory(), SafeHttp(Limits()), watch or Watching())


def bearer(token: str) -> list[str]:
    """The Authorization headers of a request with this token."""
    return [f"Bearer {token}"]


def json_bytes(value: Any) -> bytes:
    """Plain JSON."""
    return json.dumps(value).encode()


def refusal(gate: Gatekeeper, token: str, now: float = NOW, audience: str = AUDIENCE) -> tuple[str, str]:
    """Why a token is refused, and the alias of whom it claims to be from."""
    with pytest.raises(NotAdmitted) as refused:
        gate.admit(bearer(token), audience, now)
    return refused.value.reason, refused.value.issuer
