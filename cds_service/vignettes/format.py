"""What a vignette file may say, read with the line of everything that is unclear."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from cds_service.knowledge.rules import Tier
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, read_yaml

Fires = Literal["critical", "warning", "info", "no"]
_FOLDERS = ("causes", "signs")


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patient; `unknown` stands for an age or sex nobody recorded."""

    age: int | Literal["unknown"] = 50
    sex: Literal["male", "female", "other", "unknown"] = "male"
    pregnant: bool = False
    deceased: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One story: what the chart holds, and what the rule must make of it.

    `tier` and `points` are for causes, `fires` for signs. `says` and `never_says` are words of what
    the rule prints about the patient.
    """

    name: str
    today: Any = None
    patient: Person = Person()
    meds: list[dict[str, Any]] = []
    soreness: dict[str, Any] = {}
    labs: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    not_supplied: list[str] = []
    tier: Tier | None = None
    points: int | None = None
    fires: Fires | None = None
    says: list[str] = []
    never_says: list[str] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    today: Any
    cases: list[Case]


class VignetteFile(msgspec.Struct, frozen=True):
    """The cases of one rule; `source` knows their lines."""

    rule: str
    source: Source
    today: Any
    cases: list[Case]

    def line(self, index: int) -> int:
        """The line of a case."""
        return self.source.line(("cases", index))


def vignette_file(cards: Path, rule_id: str) -> Path | None:
    """The file with the vignettes of a rule, None where there is none."""
    files = (cards / folder / f"{rule_id}.vignettes.yaml" for folder in _FOLDERS)
    return next((file for file in files if file.is_file()), None)


def read_vignettes(file: Path) -> VignetteFile:
    """Read a vignette file.

    Raises `KnowledgeError` naming the line and what would be right.
    """
    source = read_yaml(file)
    content = typed(source, (), source.data, _File)
    rule = file.name.removesuffix(".vignettes.yaml")
    wrong, right = ("fires", "tier or points") if file.parent.name == "causes" else ("tier", "fires")
    seen: set[str] = set()
    for index, case in enumerate(content.cases):
        path = ("cases", index)
        if case.name in seen:
            raise source.error((*path, "name"), f"two cases are called {case.name!r}; rename one")
        seen.add(case.name)
        if getattr(case, wrong) is not None or (wrong == "tier" and case.points is not None):
            raise source.error((*path, wrong), f"{file.parent.name} do not have {wrong!r}; say {right}")
        if case.tier is None and case.points is None and case.fires is None:
            raise source.error(path, f"{case.name!r} expects nothing; say {right}")
    return VignetteFile(rule, source, content.today, content.cases)
