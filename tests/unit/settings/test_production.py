"""The production profile refuses what is only fit for trying things."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cds_service.settings import SettingsError, read_settings

SOUND: dict[str, Any] = {
    "profile": "production",
    "public_base_url": "https://cds.example",
    "issuers": [
        {
            "name": "a",
            "iss": "https://ehr.example",
            "jku": "https://ehr.example/keys",
            "fhir_servers": [{"base": "https://ehr.example/fhir"}],
        }
    ],
    "database": {"url": "postgresql://a@b/c", "pseudonym_key_file": "key"},
}


def read(folder: Path, changes: dict[str, Any], **environment: str) -> Any:
    (folder / "key").write_bytes(b"k" * 32)
    file = folder / "leg-cds.yaml"
    with file.open("w") as opened:
        members = {name: value for name, value in (SOUND | changes).items() if value is not None}
        YAML(typ="safe", pure=True).dump(members, opened)
    return read_settings(environment, file=file)


def issuer(**changes: Any) -> dict[str, Any]:
    return {"issuers": [SOUND["issuers"][0] | changes]}


def test_a_sound_configuration_is_accepted(tmp_path: Path) -> None:
    settings = read(tmp_path, {})
    assert settings.cors_origins == ()
    assert settings.server.allow_open is False


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"public_base_url": None}, "public_base_url"),
    ({"public_base_url": "http://cds.example"}, "public_base_url"),
    ({"public_base_url": "https://localhost"}, "public_base_url"),
    ({"issuers": None}, "issuers"),
    ({"issuers": []}, "issuers"),
    (issuer(iss="https://sandbox.cds-hooks.org"), "iss"),
    (issuer(iss="https://sandbox.cds-hooks.org/"), "iss"),
    (issuer(iss="http://ehr.example"), "iss"),
    (issuer(iss="*"), "iss"),
    (issuer(jku="http://ehr.example/keys"), "jku"),
    (issuer(jku="https://127.0.0.1/keys"), "jku"),
    (issuer(fhir_servers=[{"base": "http://ehr.example"}]), "base"),
    (issuer(fhir_servers=[{"base": "https://[::1]/fhir"}]), "base"),
    (issuer(fhir_servers=[{"base": "*"}]), "base"),
    ({"fhir_servers": [{"base": "https://ehr.example"}]}, "fhir_servers"),
    ({"cors_origins": ["*"]}, "cors_origins"),
    ({"cors_origins": ["http://pages.example"]}, "cors_origins"),
    ({"cors_origins": ["https://localhost:3000"]}, "cors_origins"),
    ({"cors_origins": ["https://sandbox.cds-hooks.org"]}, "cors_origins"),
    ({"database": None}, "database"),
    ({"database": {"url": "postgresql://a@b/c"}}, "pseudonym_key_file"),
    ({"database": {"url": "postgresql://a@b/c", "pseudonym_key_file": "nowhere"}}, "pseudonym_key_file"),
    ({"database": {"pseudonym_key_file": "key"}}, "url"),
    ({"database": {"url": "sqlite://", "pseudonym_key_file": "key"}}, "url"),
    ({"database": {"url": "sqlite:///:memory:", "pseudonym_key_file": "key"}}, "url"),
    ({"server": {"allow_open": True}}, "allow_open"),
    ({"server": {"forwarded_allow_ips": ["*"]}}, "forwarded_allow_ips"),
]


@pytest.mark.parametrize(("changes", "told"), REFUSED)
def test_an_open_setting_is_refused(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read(tmp_path, changes)


def test_the_sandbox_profile_accepts_what_a_trial_needs(tmp_path: Path) -> None:
    trial = issuer(iss="https://sandbox.cds-hooks.org", fhir_servers=[{"base": "http://localhost:8080/fhir"}])
    settings = read(tmp_path, {"profile": "sandbox", "public_base_url": "http://127.0.0.1:5000", **trial})
    assert settings.issuers[0].fhir_servers[0].base == "http://localhost:8080/fhir"


def test_all_open_settings_are_told_at_once(tmp_path: Path) -> None:
    changes = issuer(iss="http://a.example", jku="http://a.example", fhir_servers=[{"base": "*"}])
    changes |= {"database": None, "public_base_url": None, "unknown": 1}
    with pytest.raises(SettingsError) as error:
        read(tmp_path, changes, LEG_CDS_DEBUG="1")
    assert len(error.value.problems) == 8


def test_plain_identifiers_need_no_key(tmp_path: Path) -> None:
    database = {"url": "postgresql://a@b/c", "patient_identifiers": "plain"}
    assert read(tmp_path, {"database": database}).database.pseudonym_key_file is None
