"""docs/reference/generated/cli.md: every command of `leg-cds`, from Click."""

import inspect
import re
from collections.abc import Iterator

import click

from cds_service.cli import commands
from tools.reference import NOTE, code, table

_TOLD_DEFAULT = re.compile(r" *\[default: (.*)\]$")  # in the words of a command
_EXIT_CODE = re.compile(r"^ +(\d+) +(.+)$", re.MULTILINE)


def page() -> str:
    """The page as Markdown."""
    about = "Every command and option of `leg-cds`. `--help` after any of them prints the same."
    parts = ["# Commands", NOTE, about, _exit_codes()]
    for names, command in _all(commands, ("leg-cds",)):
        parts += _section(names, command)
    return "\n\n".join(parts) + "\n"


def _all(group: click.Group, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from _all(command, (*before, name))


def _section(names: tuple[str, ...], command: click.Command) -> list[str]:
    context = click.Context(command, info_name=" ".join(names))
    pieces = " ".join(command.collect_usage_pieces(context))
    rows = [
        row
        for parameter in command.get_params(context)
        if "--help" not in parameter.opts and (row := _option(parameter, context))
    ]
    return [
        f"{'#' * len(names)} {' '.join(names)}",
        code(f"Usage: {' '.join(names)} {pieces}"),
        _words(command.help or ""),
        *([table(("option", "default", "meaning"), rows)] if rows else []),
    ]


def _option(parameter: click.Parameter, context: click.Context) -> tuple[str, ...] | None:
    record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
    if record is None or not isinstance(parameter, click.Option):
        return None
    extra = parameter.get_help_extra(context)
    meaning = " ".join((parameter.help or "").split())
    default = extra.get("default", "")
    if told := _TOLD_DEFAULT.search(meaning):
        meaning, default = meaning[: told.start()], told[1]
    limits = [text for text in (extra.get("range", ""), "required" if extra.get("required") else "") if text]
    return code(record[0]), default, " ".join([meaning, *map(code, limits)]).strip()


def _words(text: str) -> str:
    """Help as paragraphs, each on one line."""
    paragraphs = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _exit_codes() -> str:
    epilog = commands.epilog or ""
    rows = [(number, meaning) for number, meaning in _EXIT_CODE.findall(epilog)]
    return table(("exit code", "meaning"), rows)
