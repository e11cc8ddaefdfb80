"""`leg-cds keys`: the keys that the tokens of the callers are checked with."""

import sys
from pathlib import Path

import click

from cds_service.cli import FINDINGS
from cds_service.cli._configuration import config_option, read_configuration
from cds_service.cli._store import operator, read_database, store_told
from cds_service.settings import Issuer, Settings

_NOBODY = "no issuer is configured: nobody is authenticated"
_ISSUER = click.option("--issuer", "name", help="Name of the issuer.  [default: the only one, or all]")


@click.group()
def keys() -> None:
    """The keys that the tokens of the callers are checked with: look at them, block one."""


@keys.command("show")
@_ISSUER
@config_option
def show_keys(name: str | None, config: Path | None) -> None:
    """Fetch every issuer's key set now and list it: kid, type, algorithm, and what is wrong with a key.

    A worker fetches a set for itself when it needs one. Exit code 1 when an issuer has no usable key.
    """
    from cds_service.cli._key_lists import show

    settings = read_configuration(config)
    sys.exit(show(settings, _issuers(settings, name)))


@keys.command("refresh")
@_ISSUER
@config_option
def refresh_keys(name: str | None, config: Path | None) -> None:
    """Have every worker fetch the key sets anew, and list them like `show`.

    Run it when an EHR took a key away: within five seconds no worker uses a set from before.
    """
    from cds_service.cli._key_lists import show
    from cds_service.store.key_orders import order_refetch, ordering

    settings = read_configuration(config)
    issuers = _issuers(settings, name)
    with store_told(), ordering(read_database(config)) as connection:
        for issuer in issuers:
            order_refetch(connection, issuer.name, operator())
    sys.exit(show(settings, issuers))


@keys.command("block")
@click.argument("kid")
@_ISSUER
@config_option
def block(kid: str, name: str | None, config: Path | None) -> None:
    """Refuse all tokens that are signed with the key KID, on all workers within five seconds."""
    from cds_service.store.key_orders import block_key, ordering

    issuer = _one_issuer(read_configuration(config), name)
    with store_told(), ordering(read_database(config)) as connection:
        block_key(connection, issuer.name, kid, operator())
    click.echo(f"Blocked: {kid} of {issuer.name}. `leg-cds keys unblock` takes it back.")


@keys.command("unblock")
@click.argument("kid")
@_ISSUER
@config_option
def unblock(kid: str, name: str | None, config: Path | None) -> None:
    """Take the block of the key KID back."""
    from cds_service.store.key_orders import ordering, unblock_key

    issuer = _one_issuer(read_configuration(config), name)
    with store_told(), ordering(read_database(config)) as connection:
        found = unblock_key(connection, issuer.name, kid, operator())
    if not found:
        click.echo(f"{kid} of {issuer.name} is not blocked.", err=True)
        sys.exit(FINDINGS)
    click.echo(f"No longer blocked: {kid} of {issuer.name}.")


@keys.command("check")
@click.argument("path", metavar="PATH")
@config_option
def check_token(path: str, config: Path | None) -> None:
    """Say whether the token on stdin would be admitted at PATH, and if not, why.

    PATH is what follows the public base URL: /cds-services/leg-soreness. Callers are never told why they
    are refused; this is for the operator. The token is not used up. Exit code 1 when it is refused.
    """
    from cds_service.cli._token_check import TokenRefused, try_token

    settings = read_configuration(config)
    if not settings.issuers:
        raise click.UsageError(_NOBODY)
    token = sys.stdin.read()
    try:
        click.echo(try_token(settings, token, settings.public_base_url + path))
    except TokenRefused as refused:
        click.echo(str(refused), err=True)
        sys.exit(FINDINGS)


def _issuers(settings: Settings, name: str | None) -> list[Issuer]:
    """The issuers asked for, all of them without a name; wrong usage when there are none."""
    found = [issuer for issuer in settings.issuers if name in (None, issuer.name)]
    if not found:
        known = ", ".join(issuer.name for issuer in settings.issuers)
        raise click.UsageError(f"no issuer is called {name!r}; known: {known}" if known else _NOBODY)
    return found


def _one_issuer(settings: Settings, name: str | None) -> Issuer:
    found = _issuers(settings, name)
    if len(found) > 1:
        raise click.UsageError(
            f"say whose key it is: --issuer {' or '.join(issuer.name for issuer in found)}"
        )
    return found[0]
