"""The configuration file, and where each of its members stands."""

from pathlib import Path
from typing import Any

from cds_service.yaml_text import Place, YamlError, read_yaml_text


class SettingsError(ValueError):
    """The settings are unusable; `problems` names each of them and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_file(file: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    """The members of a YAML 1.2 file, and the line each of them stands on.

    Raises `SettingsError` for a file that cannot be read, or is no YAML mapping.
    """
    try:
        members, lines = read_yaml_text(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file}: is not UTF-8 text"]) from error
    except YamlError as error:
        raise SettingsError([f"{file}:{error.line}: {error.problem}"]) from error
    if not isinstance(members, dict):
        raise SettingsError([f"{file}:1: must be a mapping, as in docs/reference/leg-cds.example.yaml"])
    return members, lines
