"""The service that is attacked, and around it what belongs to the EHR and to the attacker."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fhir.ehr import BASES, TOKEN, authorization, patient_of
from tests.security.attack import wire
from tests.security.attack.wire import Answer
from tests.support.key_host import KeyHost, key_host, text
from tests.support.processes import running
from tests.support.service import Service, serving
from tests.support.signing import (
    BASE,
    EC_KID,
    ISS,
    claims,
    ec_key,
    good_token,
    header,
    key_set,
    private_jwk,
    public_jwk,
    sign,
)
from tests.web.calls import MARK

Json = dict[str, Any]

PATH = "/cds-services/leg-soreness"
FEEDBACK = f"{PATH}/feedback"
TENANT = "north"
BUDGET = 3.0  # s the service has for a call
MARGIN = 3.0  # s for a busy machine
STUB = "tests.support.stub_fhir_server"
PLENTY = {"per_second": 10_000, "burst": 100_000}
SLOW = {"per_second": 1, "burst": 5}
OTHERS = ("redirecting", "oversized", "mixed", "rare")
"""Issuers beside the EHR: three with odd key hosts, one that may call rarely."""


class Stage:
    """Everything that stands, and how to call the service as the EHR."""

    def __init__(
        self, service: Service, hosts: dict[str, KeyHost], canary_keys: KeyHost, servers: tuple[str, str]
    ) -> None:
        self.service = service
        self.hosts = hosts
        self.canary_keys = canary_keys
        self.fhir_server, self.canary = servers
        self.came: Counter[int] = Counter()
        self.refusals: set[bytes] = set()
        where = urlsplit(service.url)
        self.address = (where.hostname or "", where.port or 0)
        self._tokens: set[str] = set()
        self.first = advice(self.call())

    @property
    def host(self) -> KeyHost:
        """The key host of the EHR."""
        return self.hosts["ehr"]

    def call(self, body: Any = None, token: str | None = None, path: str = PATH, **headers: str) -> Answer:
        """A right call unless told otherwise; `body` JSON or bytes, header names with `_` for `-`."""
        token = self.token(path) if token is None else token
        sent = body if isinstance(body, bytes) else json.dumps(hook() if body is None else body).encode()
        usual = {"Content-Type": "application/json", "Authorization": token and f"Bearer {token}"}
        named = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(wire.request("POST", path, sent, named))

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """The answer to a request without a body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(wire.request(method, path, b"", named))

    def send(self, *parts: bytes, half: bool = False) -> Answer:
        """The answer to any bytes, with everything checked that holds for every answer."""
        answer = wire.send(self.address, *parts, half=half)
        self.came[answer.status] += 1
        if answer.status == 401:
            self.refusals.add(answer.body)
        wire.check(answer, self.secrets())
        assert answer.seconds < 2 * BUDGET + MARGIN, f"{answer.seconds:.1f} s for an answer"
        return answer

    def token(self, path: str = PATH, **changed: Any) -> str:
        """A fresh token of the EHR for an address, with some claims changed."""
        return self.remember(good_token(time.time(), **{"aud": f"{BASE}{path}", "tenant": TENANT, **changed}))

    def signed(self, head: Any = None, key: Any = None, alg: str = "", **changed: Any) -> str:
        """A token with another header, another key or another method."""
        payload = claims(time.time(), **{"tenant": TENANT, **changed})
        return self.remember(sign(header() if head is None else head, payload, key, alg))

    def remember(self, token: str) -> str:
        """A token that must not be seen anywhere."""
        self._tokens |= {part for part in token.split(".") if len(part) > 80}
        return token

    def secrets(self) -> list[str]:
        """What no refusal, log line or figure may hold."""
        return [*self._tokens, TOKEN, MARK, *names()]

    def fetched(self, base: str) -> list[Json]:
        """The requests that came to the FHIR server below an address."""
        found = self.service.get(f"{self.fhir_server}/seen").json()
        return [one for one in found if one["path"].startswith(f"/{base}/")]

    def astray(self) -> int:
        """How many requests came where none may ever come."""
        return len(self.service.get(f"{self.canary}/seen").json()) + len(self.canary_keys.requests)

    def with_fhir(self, base: str, without: Any = (), **changed: Any) -> Answer:
        """A call that names the EHR's FHIR server at an address, with keys left out of the prefetch."""
        server = base if "://" in base else f"{self.fhir_server}/{base}"
        access = {"fhirServer": server, "fhirAuthorization": authorization()}
        return self.call(hook(without, **{**access, **changed}))


def hook(without: Any = (), **changed: Any) -> Json:
    """The call about the synthetic patient of the run; `prefetch` less some keys, members changed."""
    request = patient_of().request
    kept = {key: value for key, value in request["prefetch"].items() if key not in without}
    return {**request, "hookInstance": str(uuid.uuid4()), "prefetch": kept, **changed}


def names() -> list[str]:
    """What tells who the patient is."""
    story = patient_of()
    person = next(one for one in story.resources if one["resourceType"] == "Patient")
    context = story.request["context"]
    return [person["id"], *(name["family"] for name in person["name"]), context["userId"]]


def advice(answer: Answer) -> list[tuple[str, ...]]:
    """What the cards say, without the names of this showing of them."""
    assert answer.status == 200, f"{answer.status}: {answer.text[:300]}"
    return [(card["indicator"], card["summary"], card["detail"]) for card in answer.json["cards"]]


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The real service with two workers, the EHR's servers and the attacker's, all on loopback."""
    resources, nothing = folder / "resources.json", folder / "nothing.json"
    resources.write_text(json.dumps(patient_of().resources))
    nothing.write_text("[]")
    with ExitStack() as stack:
        canary = stack.enter_context(running(STUB, [str(nothing), "-"], folder / "canary.txt"))
        fhir = stack.enter_context(running(STUB, [str(resources), canary], folder / "fhir.txt"))
        hosts = {name: stack.enter_context(key_host()) for name in ("ehr", *OTHERS)}
        canary_keys = stack.enter_context(key_host())
        _open(hosts, canary_keys)
        bases = [{"base": f"{fhir}/{base}", "private_network": True} for base in BASES]
        service = stack.enter_context(serving(folder, _settings(folder, hosts, bases)))
        yield Stage(service, hosts, canary_keys, (fhir, canary))


def _open(hosts: dict[str, KeyHost], canary: KeyHost) -> None:
    thief = ec_key("thief")
    canary.serve(key_set(public_jwk(thief, "thief")))
    for name in ("ehr", "rare"):
        hosts[name].serve(key_set())
    hosts["redirecting"].answer = text(b"", 302, Location=canary.url)
    hosts["oversized"].serve(key_set()[:-1] + b', "x": "' + b" " * 300_000 + b'"}')
    junk = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"},
        {"kty": "EC", "kid": "broken", "crv": "P-384", "x": "!", "y": None},
        private_jwk(thief, "private"), 7, None, {"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
    ]  # fmt: skip
    hosts["mixed"].serve(key_set(*junk, public_jwk(ec_key(), EC_KID)))


def _settings(folder: Path, hosts: dict[str, KeyHost], bases: list[Json]) -> Json:
    ehr = {"name": "ehr", "iss": ISS, "jku": hosts["ehr"].url, "tenants": [TENANT], "fhir_servers": bases}
    others = [{"name": name, "iss": f"{ISS}/{name}", "jku": hosts[name].url} | PLENTY for name in OTHERS]
    others[-1] |= SLOW
    return {
        "public_base_url": BASE,
        "server": {"workers": 2, "threads": 32},
        "issuers": [ehr | PLENTY, *others],
        "limits": {"refusals_per_second": 10_000, "refusals_burst": 100_000, "breaker_seconds": 3.0},
        "database": {"url": f"sqlite:///{folder / 'store.db'}"},
        "metrics": {"port": 0},
    }
