"""The environment variables `LEG_CDS_*`, read once into one frozen object.

Without any of them the service runs in the sandbox profile: bound to loopback, no client
authentication, browsers on loopback and the public CDS Hooks Sandbox admitted.
"""

import difflib
import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PREFIX = "LEG_CDS_"
_READ_ELSEWHERE = {"DEBUG", "REAL_DATA"}  # tracebacks on the command line; a folder for the tests


class SettingsError(ValueError):
    """One or more settings are unusable; `problems` names each variable and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator can choose. Field `x` is read from `LEG_CDS_X`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 5000  # 0: the system picks a free one
    workers: Annotated[int, Meta(ge=1, le=64)] = 2  # processes
    threads: Annotated[int, Meta(ge=2, le=256)] = 32  # a process; slow senders hold one each
    in_flight: Annotated[int, Meta(ge=1, le=256)] = 24  # reviews at a time a process, then 503
    body_limit: Annotated[int, Meta(ge=1024, le=1 << 30)] = 16_000_000  # bytes of a request body
    cors_origins: tuple[str, ...] = ("https://sandbox.cds-hooks.org",)  # comma-separated
    allow_open: bool = False  # other hosts may call although nobody is authenticated
    overlays: tuple[Path, ...] = ()  # vocabulary overlay files, separated as in PATH
    base: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = (
        ""  # starts our canonical URLs; "": the default
    )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address, with or without brackets, means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_settings(environment: Mapping[str, str], **chosen: object) -> Settings:
    """Settings from the environment; `chosen` (command-line options that were given) wins.

    Raises `SettingsError` naming every variable that is unknown or cannot be read.
    """
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    given: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in environment.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _READ_ELSEWHERE
    }
    given |= {name: value for name, value in chosen.items() if value is not None}
    problems = list(_unknown(given, fields))
    values = {name: _value(given[name], fields[name], name, problems) for name in fields if name in given}
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _unknown(given: Mapping[str, object], fields: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(given.keys() - fields.keys()):
        near = difflib.get_close_matches(name, fields, n=1)
        hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else "remove it"
        yield f"{PREFIX}{name.upper()} is not a setting; {hint}"


def _value(given: object, kind: Any, name: str, problems: list[str]) -> Any:
    if kind == tuple[Path, ...] and isinstance(given, str):
        return tuple(Path(part) for part in given.split(os.pathsep) if part)
    if kind == tuple[str, ...] and isinstance(given, str):
        given = [part.strip() for part in given.split(",") if part.strip()]
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        problems.append(f"{PREFIX}{name.upper()}: {error}")
        return None
