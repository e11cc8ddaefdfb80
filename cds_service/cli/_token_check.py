"""One token tried as the service would, for the operator: with the reason, and without using it up."""

import time

import click

from cds_service.cli._key_lists import read_orders
from cds_service.ehr.callers import Gatekeeper, KeyOrders
from cds_service.ehr.http import SafeHttp
from cds_service.ehr.not_admitted import MEANING, NotAdmitted
from cds_service.settings import Settings

_SCHEME = "Bearer "


class TokenRefused(Exception):  # noqa: N818 - it is an answer
    """The token would not be admitted; the message says why."""


def try_token(settings: Settings, token: str, audience: str) -> str:
    """Who would be admitted with this token at `audience`. Raises `TokenRefused`."""
    bench = _Bench(read_orders(settings))
    gate = Gatekeeper(settings, bench, SafeHttp(settings.limits), bench)
    credentials = _SCHEME + token.strip().removeprefix(_SCHEME)
    try:
        verified = gate.verify([credentials], audience, time.time())
    except NotAdmitted as refused:
        whose = f" (issuer {refused.issuer})" if refused.issuer else ""
        raise TokenRefused(f"refused: {refused.reason}{whose}: {MEANING[refused.reason]}") from refused
    tenant = f", tenant {verified.caller.tenant}" if verified.caller.tenant else ""
    return f"admitted: issuer {verified.caller.name}{tenant}, unless it was used before"


class _Bench:
    """What the gatekeeper needs beside the settings; nothing is used up here."""

    known_since = 0.0

    def __init__(self, orders: KeyOrders) -> None:
        self._orders = orders

    def key_orders(self) -> KeyOrders:
        return self._orders

    def use_token(self, _digest: bytes, _expires: int) -> bool:
        raise NotImplementedError

    def fetched(self, issuer: str, result: str) -> None:
        click.echo(f"key set of {issuer}: {result}", err=True)

    def used(self, _issuer: str, _age: float) -> None:
        """Nobody asks."""
