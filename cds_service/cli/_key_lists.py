"""Key sets as `leg-cds keys` lists them. Only what a key is called and of what kind it is, never the key."""

import time

import click

from cds_service.cli import DONE, FINDINGS
from cds_service.cli._store import store_told
from cds_service.ehr.callers import KeyOrders
from cds_service.ehr.http import Answer, SafeHttp
from cds_service.ehr.key_fetch import key_fetch
from cds_service.ehr.key_sets import KeysUnavailable, list_keys
from cds_service.ehr.key_source import lifetime
from cds_service.settings import Issuer, Settings
from cds_service.store.opening import questions
from cds_service.web.admission import orders_in_force

_HOUR = 3600


def show(settings: Settings, issuers: list[Issuer]) -> int:
    """Print the key sets as they are now; the exit code says whether each has a usable key."""
    orders, http, code = read_orders(settings), SafeHttp(settings.limits), DONE
    for issuer in issuers:
        blocked = {kid for name, kid in orders.blocked if name == issuer.name}
        try:
            lines, usable = _lines(key_fetch(issuer, http)(), blocked)
        except KeysUnavailable as error:
            lines, usable = [f"  its keys cannot be had: {error.reason}"], False
        click.echo("\n".join([f"{issuer.name}: {_source(issuer)}", *lines]))
        code = code if usable else FINDINGS
    return code


def read_orders(settings: Settings) -> KeyOrders:
    """The orders in the store; none where there is no store."""
    if not settings.database.url:
        return KeyOrders()
    with store_told(), questions(settings.database) as connection:
        return orders_in_force(connection)


def _lines(answer: Answer, blocked: set[str]) -> tuple[list[str], bool]:
    """A line a key, one on how long the set is fresh, and whether a key of it can be used."""
    found = list_keys(answer.body)
    states = ["is blocked" if key.kid in blocked else key.why_not or "usable" for key in found]
    lines = [
        f"  {key.kid or '(no kid)'}  {key.kty} {key.alg}  {state}"
        for key, state in zip(found, states, strict=True)
    ]
    lines += [
        f"  {kid}  is blocked and not in the set" for kid in sorted(blocked - {key.kid for key in found})
    ]
    return [*lines, f"  fresh for {lifetime(answer.cache_control):.0f} s"], "usable" in states


def _source(issuer: Issuer) -> str:
    """Where the keys are from, and how old they are."""
    if issuer.jwks_file is None:
        return f"{issuer.jku}, fetched now"
    try:
        age = time.time() - issuer.jwks_file.stat().st_mtime
    except OSError as error:
        return f"{issuer.jwks_file}, {error.strerror}"
    return f"{issuer.jwks_file}, changed {age / _HOUR:.1f} h ago"
