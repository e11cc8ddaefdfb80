"""Statin intensity and interactions."""

import shutil
from pathlib import Path

import pytest

from cds_service.knowledge.drugs import load_drugs
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.yaml_source import KnowledgeError, read_yaml

DRUGS = load_drugs(cards_dir())


@pytest.mark.parametrize(
    ("statin", "daily", "intensity"),
    [
        ("atorvastatin", 40, "high"),
        ("atorvastatin", 39.9, "moderate"),
        ("atorvastatin", 10, "moderate"),
        ("atorvastatin", 9, ""),
        ("rosuvastatin", 20, "high"),
        ("rosuvastatin", 10, "moderate"),
        ("simvastatin", 80, "high"),
        ("simvastatin", 40, "moderate"),
        ("simvastatin", 10, "low"),
        ("pravastatin", 80, "moderate"),
        ("pravastatin", 20, "low"),
        ("lovastatin", 20, "low"),
        ("fluvastatin", 40, "low"),
        ("fluvastatin", 80, "moderate"),
        ("pitavastatin", 4, "moderate"),
        ("atorvastatin", 160, ""),
        ("furosemide", 40, ""),
    ],
)
def test_intensity(statin: str, daily: float, intensity: str) -> None:
    assert DRUGS.intensity(statin, daily) == intensity


def grades(statin: str, partner: str) -> list[tuple[str, float | None]]:
    return [(one.grade, one.limit_mg) for one in DRUGS.interactions(statin) if partner in one.partners]


@pytest.mark.parametrize(
    ("statin", "partner", "expected"),
    [
        ("simvastatin", "clarithromycin", [("contraindicated", None)]),
        ("simvastatin", "ritonavir", [("contraindicated", None)]),
        ("simvastatin", "verapamil", [("limit", 10)]),
        ("simvastatin", "amlodipine", [("limit", 20)]),
        ("simvastatin", "fenofibrate", [("caution", None)]),
        ("simvastatin", "azithromycin", []),
        ("lovastatin", "gemfibrozil", [("avoid", None)]),
        ("lovastatin", "diltiazem", [("limit", 20)]),
        ("atorvastatin", "clarithromycin", [("limit", 20)]),
        ("atorvastatin", "nelfinavir", [("limit", 40)]),
        ("atorvastatin", "erythromycin", [("caution", None)]),
        ("rosuvastatin", "cyclosporine", [("limit", 5)]),
        ("rosuvastatin", "clarithromycin", []),
        ("pravastatin", "clarithromycin", [("limit", 40)]),
        ("pitavastatin", "erythromycin", [("limit", 1)]),
        ("fluvastatin", "fluconazole", [("limit", 40)]),
    ],
)
def test_interactions(statin: str, partner: str, expected: list[tuple[str, float | None]]) -> None:
    assert grades(statin, partner) == expected


def test_avoid_counts_as_contraindicated() -> None:
    assert {one.contraindicated for one in DRUGS.interactions("pravastatin") if one.grade == "avoid"} == {
        True
    }


def test_the_sources_are_listed() -> None:
    listed = set(read_yaml(cards_dir() / "sources.yaml").data) | {""}
    assert {one.source for statin in DRUGS.members("statins") for one in DRUGS.interactions(statin)} <= listed


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "interactions.yaml",
            "simvastatine:\n  - {partner: niacin, grade: caution, mark: M}",
            "1: unknown drug",
        ),
        (
            "interactions.yaml",
            "simvastatin:\n  - {partner: niacine, grade: caution, mark: M}",
            "2: unknown drug",
        ),
        (
            "interactions.yaml",
            "simvastatin:\n  - {partner: niacin, grade: limit, mark: M}",
            "2: grade limit needs",
        ),
        (
            "interactions.yaml",
            "simvastatin:\n  - {partner: niacin, grade: caution, mark: V}",
            "2: mark M has no",
        ),
        (
            "interactions.yaml",
            "simvastatin:\n  - {partner: niacin, grade: never, mark: M}",
            "2: 'never' does not fit here; known: avoid",
        ),
        ("interactions.yaml", "simvastatin:\n  - {partners: niacin, grade: caution, mark: M}", "2: "),
        (
            "intensity.yaml",
            "atorvastatine: {high: [40, 80]}",
            "1: unknown drug .* did you mean 'atorvastatin'",
        ),
        ("intensity.yaml", "atorvastatin: {highest: [40, 80]}", "1: "),
        ("classes.yaml", "statins: [atorvastatine]", "1: unknown member .* did you mean 'atorvastatin'"),
        (
            "classes.yaml",
            "statins: [a class]\na class: [statins]",
            "contains itself: statins > a class > statins",
        ),
        ("doses.yaml", "units_of_form: [tablet]", "1: "),
        ("codes.tsv", "atc\tC10AA05", "1: expected: system"),
        ("names_added.tsv", "lipitor", "1: expected: name, ingredients"),
    ],
)
def test_an_unclear_file_is_refused_with_its_line(tmp_path: Path, file: str, text: str, said: str) -> None:
    folder = tmp_path / "vocabulary" / "drugs"
    shutil.copytree(cards_dir() / "vocabulary" / "drugs", folder)
    folder.joinpath(file).write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=f"{file}:.*{said}"):
        load_drugs(tmp_path)
