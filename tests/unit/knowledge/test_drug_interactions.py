"""Statin intensity and interactions."""

import pytest

from cds_service.knowledge.drugs import load_drugs
from cds_service.knowledge.files import cards_dir

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
