"""A requests session that keeps connections and nothing else."""

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from cds_service.ehr.connections import Pools

_CONNECTIONS_KEPT = 32  # of one server
_SERVERS_KEPT = 64
_HEADERS = {
    "Accept": "application/fhir+json, application/json;q=0.9",
    "Accept-Encoding": "identity",
    "User-Agent": "leg-soreness-cds",
}


class _Adapter(HTTPAdapter):
    """Opens connections that end with the deadline of the call."""

    def init_poolmanager(self, connections: int, maxsize: int, *_: Any, **more: Any) -> None:
        self.poolmanager = Pools(num_pools=connections, maxsize=maxsize, **more)


class Session(requests.Session):
    """Keeps connections and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(_HEADERS)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(_SERVERS_KEPT, _CONNECTIONS_KEPT, max_retries=0)
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def get_redirect_target(self, _response: requests.Response) -> None:
        """Nowhere. Even where redirects are not followed, requests would read their whole body."""
        return
