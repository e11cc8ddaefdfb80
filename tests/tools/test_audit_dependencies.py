from typing import Any

import pytest

from tools.audit_dependencies import CLEAN, NOT_CHECKED, VULNERABLE, judge

SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "jinja2", "skip_reason": "not found"}
BROKEN = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.7.0"]}],
}


@pytest.mark.parametrize(
    ("said", "verdict", "words"),
    [
        ({"dependencies": [SOUND]}, CLEAN, "1 dependencies checked"),
        ({"dependencies": [SOUND, SKIPPED]}, NOT_CHECKED, "jinja2"),
        ({"dependencies": []}, NOT_CHECKED, "NOT CHECKED"),
        (None, NOT_CHECKED, "could not be asked"),
        ({"dependencies": [SKIPPED, BROKEN]}, VULNERABLE, "urllib3 1.0: PYSEC-1, mended in 2.7.0"),
    ],
)
def test_only_what_was_checked_is_called_clean(said: dict[str, Any] | None, verdict: int, words: str) -> None:
    code, lines = judge(said, accepted=set())

    assert code == verdict
    assert words in "\n".join(lines)


def test_an_accepted_vulnerability_passes_by_any_of_its_names() -> None:
    assert judge({"dependencies": [BROKEN]}, accepted={"CVE-2026-1"})[0] == CLEAN
