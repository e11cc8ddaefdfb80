"""`leg-cds operator-password`: what stands in the configuration for the password of an operator."""

import click

_SHORTEST = 12


@click.command("operator-password")
@click.password_option(help="Asked for when it is not given.")
def operator_password(password: str) -> None:
    """Print the hash of a password, for `operators` in the configuration file."""
    if len(password) < _SHORTEST:
        raise click.UsageError(f"a password needs {_SHORTEST} characters or more; take a random one")
    from werkzeug.security import generate_password_hash

    click.echo(generate_password_hash(password))
