"""The environment variables `LEG_CDS_*`, and the member of the configuration each of them stands for."""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds_service.yaml_text import Place

PREFIX = "LEG_CDS_"
_READ_ELSEWHERE = {"CONFIG", "DEBUG", "REAL_DATA"}  # the file; tracebacks; a folder for the tests

PLACES: dict[str, Place] = {
    "PROFILE": ("profile",),
    "PUBLIC_BASE_URL": ("public_base_url",),
    "HOST": ("server", "host"),
    "PORT": ("server", "port"),
    "WORKERS": ("server", "workers"),
    "THREADS": ("server", "threads"),
    "ALLOW_OPEN": ("server", "allow_open"),
    "FORWARDED_ALLOW_IPS": ("server", "forwarded_allow_ips"),
    "DRAIN_SECONDS": ("server", "drain_seconds"),
    "IN_FLIGHT": ("limits", "in_flight"),
    "BODY_LIMIT": ("limits", "body_bytes"),
    "CORS_ORIGINS": ("cors_origins",),
    "DATABASE_URL": ("database", "url"),
    "PSEUDONYM_KEY_FILE": ("database", "pseudonym_key_file"),
    "METRICS_HOST": ("metrics", "host"),
    "METRICS_PORT": ("metrics", "port"),
    "OVERLAYS": ("knowledge", "overlays"),
    "BASE": ("knowledge", "base"),
}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(part).absolute() for part in text.split(os.pathsep) if part)


def _path(text: str) -> Path:
    return Path(text).absolute()  # of the folder of the command, wherever the file is


_READERS: dict[str, Callable[[str], Any]] = {
    "FORWARDED_ALLOW_IPS": _listed,
    "CORS_ORIGINS": _listed,
    "OVERLAYS": _paths,
    "PSEUDONYM_KEY_FILE": _path,
}


def read_environment(environment: Mapping[str, str]) -> Iterator[tuple[Place, Any, str]]:
    """The place, the value and the name of every variable that is a setting."""
    for name, place in PLACES.items():
        text = environment.get(PREFIX + name)
        if text is not None:
            yield place, _READERS.get(name, str)(text), PREFIX + name


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence on every variable with our prefix that is no setting."""
    names = {name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX)}
    for name in sorted(names - PLACES.keys() - _READ_ELSEWHERE):
        near = difflib.get_close_matches(name, PLACES, n=1)
        hint = f"did you mean {PREFIX}{near[0]}?" if near else "remove it"
        yield f"{PREFIX}{name} is not a setting; {hint}"
