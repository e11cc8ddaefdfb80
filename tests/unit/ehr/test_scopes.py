"""What a token's scope permits, in both syntaxes of SMART App Launch."""

import pytest

from cds_service.ehr.scopes import READ, SEARCH, Coverage, coverage

LABS = "patient=1&code=http://loinc.org|2823-3"
TOLD = "patient=1&category=survey,exam"
SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"


@pytest.mark.parametrize(
    ("scope", "interaction", "expected"),
    [
        ("patient/Observation.read", SEARCH, Coverage.ALL),
        ("user/*.read", SEARCH, Coverage.ALL),
        ("system/*.*", READ, Coverage.ALL),
        ("launch openid patient/Observation.rs", SEARCH, Coverage.ALL),
        ("patient/Observation.cruds", READ, Coverage.ALL),
        ("patient/Observation.r", SEARCH, Coverage.NONE),
        ("patient/Observation.s", READ, Coverage.NONE),
        ("patient/Observation.write", READ, Coverage.NONE),
        ("patient/Condition.read user/Patient.rs", SEARCH, Coverage.NONE),
        ("patient/observation.read", SEARCH, Coverage.NONE),
        ("", SEARCH, Coverage.ALL),
        ("launch openid fhirUser", SEARCH, Coverage.ALL),
        ("patient/Observation.rs.x epic.scanning", SEARCH, Coverage.ALL),
        (f"patient/Observation.rs?category={SYSTEM}|laboratory", SEARCH, Coverage.PART),
        (f"patient/Observation.rs?category={SYSTEM}|laboratory patient/Observation.rs", SEARCH, Coverage.ALL),
    ],
)
def test_what_a_scope_covers(scope: str, interaction: str, expected: Coverage) -> None:
    assert coverage(scope, "Observation", interaction, LABS) is expected


@pytest.mark.parametrize(
    ("categories", "expected"),
    [(["survey", "exam", "laboratory"], Coverage.ALL), (["survey"], Coverage.PART), ([], Coverage.NONE)],
)
def test_scopes_by_category_cover_a_search_for_these(categories: list[str], expected: Coverage) -> None:
    scopes = ["patient/Patient.rs"]
    scopes += [f"patient/Observation.rs?category={SYSTEM}|{category}" for category in categories]
    assert coverage(" ".join(scopes), "Observation", SEARCH, TOLD) is expected
