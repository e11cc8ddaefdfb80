"""The kinds of values in a configuration, and what production refuses of them.

A validator sees the `Reading` it takes part in as pydantic's context; settings built in code have none.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?"
_ADDRESS = re.compile(rf"https?://{_HOST}(/[\w.~/-]*)?", re.ASCII)
_LOCATION = re.compile(rf"https?://{_HOST}(/[^\s#\\]*)?")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://{_HOST}")


class Reading(NamedTuple):
    """How a configuration is read: the folder of its file, and whether it is for production."""

    folder: Path | None
    production: bool


class Section(BaseModel):
    """A part of the configuration: it cannot be changed, and knows all its members."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def in_production(info: ValidationInfo) -> bool:
    """Whether the value is read for the production profile."""
    return isinstance(info.context, Reading) and info.context.production


def is_loopback(host: str) -> bool:
    """Whether a host name or address, with or without brackets, means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_outside(address: str, info: ValidationInfo) -> str:
    """An address that production may use: https, and not this machine."""
    if in_production(info):
        if not address.startswith("https:"):
            raise ValueError("must be https in production")
        if on_loopback(address):
            raise ValueError("is this machine itself; production refuses it")
    return address


def on_loopback(address: str) -> bool:
    """Whether a URL leads to this machine."""
    return is_loopback(urlsplit(address).hostname or "")


def readable(file: Path, info: ValidationInfo) -> Path:
    """A file that can be read now; a relative path starts where the configuration file is."""
    if not isinstance(info.context, Reading):
        return file
    found = info.context.folder / file if info.context.folder else file
    try:
        with found.open("rb") as opened:
            filled = opened.read(1) != b""
    except OSError as error:
        raise ValueError(f"{found} cannot be read: {error.strerror}") from error
    if not filled:
        raise ValueError(f"{found} is empty")
    return found


def read_address(text: str) -> str:
    """A URL of host and path alone, without a slash at its end; `ValueError` for anything else."""
    if not _ADDRESS.fullmatch(text) or ".." in text:
        raise ValueError("must be an http or https URL of host and path alone")
    return text.rstrip("/")


def _host_name(text: str) -> str:
    if not _is_ip(text.strip("[]")) and not _HOST_NAME.fullmatch(text):
        raise ValueError("must be a host name or an IP address, without http:// and without a port")
    return text.lower()


def _proxy(text: str) -> str:
    if text != "*" and not _is_ip(text):
        raise ValueError("must be the IP address of a reverse proxy, as the service sees it")
    return text


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _location(text: str) -> str:
    if not _LOCATION.fullmatch(text):
        raise ValueError("must be an http or https URL")
    return text


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise ValueError("must be an origin, such as https://pages.example; there is no wildcard")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", text):
        raise ValueError("must be 1 to 40 small letters, digits and dashes")
    return text


ReadableFile = Annotated[Path, AfterValidator(readable)]
Address = Annotated[str, AfterValidator(read_address), AfterValidator(check_outside)]
"""A URL without user, query and fragment; kept without a slash at its end."""
Location = Annotated[str, AfterValidator(_location), AfterValidator(check_outside)]
"""A URL kept letter for letter."""
Origin = Annotated[str, AfterValidator(_origin), AfterValidator(check_outside)]
HostName = Annotated[str, AfterValidator(_host_name)]
"""A host name or an IP address, in small letters."""
Proxy = Annotated[str, AfterValidator(_proxy)]
"""The IP address of a reverse proxy, or "*"."""
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Seconds = Annotated[float, Field(gt=0, le=600)]
