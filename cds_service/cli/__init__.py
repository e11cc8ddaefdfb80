"""The command `leg-cds`. Every other module of this package is a command of its own name."""

import difflib
import errno
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, cast

import click

from cds_service import __version__
from cds_service.cli._streams import open_closed_streams

DONE = 0
FINDINGS = 1
USAGE = 2
UNREADABLE = 3
RULES_INVALID = 4
NO_ROOM = 4
BUG = 70
PIPE_CLOSED = 141  # as a shell reports it
NO_ROOM_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_EXIT_CODES = f"""\b
Exit codes:
  {DONE}   done
  {FINDINGS}   findings, or an answer that was not expected
  {USAGE}   wrong usage or settings
  {UNREADABLE}   some records could not be read; they are listed
  {RULES_INVALID}   the rules in cards/ are invalid, or a disk is full; what and where is printed
  {BUG}  a bug of ours
"""


class _Commands(click.Group):
    """Imports a command when it is asked for, so that each start pays only for itself."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        modules = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"{__name__}.{name}")
        return cast("click.Command", getattr(module, name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        with _output_taken():  # `--help` and `--version` print here
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _output_taken():
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        from cds_service.knowledge.yaml_source import KnowledgeError
        from cds_service.settings import SettingsError

        try:
            return super().invoke(ctx)
        except KnowledgeError as error:
            click.echo(f"The rules are invalid: {error}", err=True)
            ctx.exit(RULES_INVALID)
        except SettingsError as error:
            click.echo("\n".join(["The settings are invalid:", *error.problems]), err=True)
            ctx.exit(USAGE)


@contextmanager
def _output_taken() -> Iterator[None]:
    """Ends everything that prints, help as well as commands, alike when nobody takes the output."""
    try:
        yield
    except OSError as error:
        raise click.exceptions.Exit(_out_of_reach(error)) from error


def _out_of_reach(error: OSError) -> int:
    """The exit code for output that nobody takes. Raises the error again where it is another one."""
    if isinstance(error, BrokenPipeError):  # the reader, as `head`, has seen enough
        code = PIPE_CLOSED
    elif error.errno in NO_ROOM_ERRORS:
        click.echo(f"{error.filename or 'standard output'} cannot be written: {error.strerror}", err=True)
        code = NO_ROOM
    else:
        raise error
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere, silently
    return code


@click.group(cls=_Commands, epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leg-cds")
def commands() -> None:
    """Cards about leg soreness from a patient's FHIR R4 chart."""


def main() -> None:
    """Run the command line; a failure of ours ends with exit code 70 and says where it happened."""
    open_closed_streams()
    try:
        commands(prog_name="leg-cds")
    except Exception as error:  # the last line of defence: it reports, and never hides
        if os.environ.get("LEG_CDS_DEBUG"):
            raise
        _report_bug(error)
        sys.exit(BUG)


def _report_bug(error: Exception) -> None:
    # The message of the exception may hold patient data; its type and place do not.
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(last.filename).name} line {last.lineno}"
    click.echo(f"A bug of ours: {type(error).__name__} in {place}. Nothing was left out silently.", err=True)
    click.echo("Please report it with the command you ran; LEG_CDS_DEBUG=1 shows the traceback.", err=True)
