"""LEG_CDS_* variables and options: validated, all errors at once."""

import os
from pathlib import Path

import pytest

from cds_service.settings import Settings, SettingsError, is_loopback, read_settings
from cds_service.settings.environment import PLACES


def test_nothing_set_is_the_sandbox_profile() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.profile == "sandbox"
    assert settings.on_loopback
    assert not settings.server.allow_open
    assert settings.cors_origins == ("https://sandbox.cds-hooks.org",)


GIVEN = {
    "PROFILE": "sandbox",
    "PUBLIC_BASE_URL": "https://cds.example/leg/",
    "HOST": "::1",
    "PORT": "8080",
    "WORKERS": "4",
    "THREADS": "8",
    "ALLOW_OPEN": "true",
    "FORWARDED_ALLOW_IPS": "10.0.0.1",
    "DRAIN_SECONDS": "5",
    "IN_FLIGHT": "6",
    "BODY_LIMIT": "2048",
    "CORS_ORIGINS": "https://a.example, https://b.example",
    "DATABASE_URL": "sqlite:////state/leg.db",
    "METRICS_HOST": "10.0.0.2",
    "METRICS_PORT": "9000",
    "BASE": "https://a.example/fhir",
}
READ = {
    "public_base_url": "https://cds.example/leg",
    "server": {
        "host": "::1",
        "port": 8080,
        "workers": 4,
        "threads": 8,
        "allow_open": True,
        "forwarded_allow_ips": ["10.0.0.1"],
        "drain_seconds": 5,
    },
    "limits": {"in_flight": 6, "body_bytes": 2048},
    "cors_origins": ["https://a.example", "https://b.example"],
    "metrics": {"host": "10.0.0.2", "port": 9000},
}


def test_every_variable_reaches_its_setting(tmp_path: Path) -> None:
    overlay, key = tmp_path / "a.yaml", tmp_path / "key"
    overlay.write_text("x")
    key.write_text("k" * 32)
    files = {"PSEUDONYM_KEY_FILE": str(key), "OVERLAYS": os.pathsep.join([str(overlay), str(key)])}
    assert set(GIVEN | files) == set(PLACES)
    settings = read_settings({f"LEG_CDS_{name}": text for name, text in (GIVEN | files).items()})
    assert settings == Settings.model_validate(
        READ
        | {
            "database": {"url": "sqlite:////state/leg.db", "pseudonym_key_file": key},
            "knowledge": {"overlays": [overlay, key], "base": "https://a.example/fhir"},
        }
    )


def test_an_empty_list_admits_no_origin() -> None:
    assert read_settings({"LEG_CDS_CORS_ORIGINS": ""}).cors_origins == ()


def test_an_option_wins_over_the_environment() -> None:
    environment = {"LEG_CDS_PORT": "1", "LEG_CDS_HOST": "localhost"}
    settings = read_settings(environment, port=2, host=None)
    assert (settings.server.port, settings.server.host) == (2, "localhost")


def test_all_errors_are_told_at_once() -> None:
    environment = {"LEG_CDS_PORT": "70000", "LEG_CDS_WORKERS": "many", "LEG_CDS_THREDS": "8"}
    with pytest.raises(SettingsError) as error:
        read_settings(environment, threads=1)
    told = "\n".join(error.value.problems)
    assert len(error.value.problems) == 4
    for words in (
        "LEG_CDS_PORT",
        "65535",
        "LEG_CDS_WORKERS",
        "LEG_CDS_THREDS",
        "LEG_CDS_THREADS?",
        "--threads",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("WORKERS", "0"),
        ("THREADS", "1"),
        ("BODY_LIMIT", "10"),
        ("BODY_LIMIT", str(1 << 30)),
        ("ALLOW_OPEN", "perhaps"),
        ("BASE", "x"),
        ("PROFILE", "test"),
        ("DATABASE_URL", "mysql://x"),
        ("PUBLIC_BASE_URL", "https://a@b.example"),
        ("CORS_ORIGINS", "*"),
        ("OVERLAYS", "/nowhere/a.yaml"),
    ],
)
def test_values_that_cannot_be_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as error:
        read_settings({f"LEG_CDS_{name}": value})
    assert len(error.value.problems) == 1


def test_a_refused_value_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"LEG_CDS_DATABASE_URL": "mysql://someone:zq7secret@db.example/leg"})
    assert "zq7secret" not in str(error.value)
    assert error.value.__cause__ is None
    assert "zq7secret" not in repr(
        Settings.model_validate({"database": {"url": "postgresql://a:zq7secret@b/c"}})
    )


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False),  # noqa: S104 - nothing is bound
     ("10.0.0.1", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(("threads", "chosen", "room"), [(32, 28, 28), (8, 28, 4), (32, 6, 6), (2, 28, 1)])
def test_fewer_calls_are_taken_than_there_are_threads(threads: int, chosen: int, room: int) -> None:
    settings = read_settings({"LEG_CDS_THREADS": str(threads), "LEG_CDS_IN_FLIGHT": str(chosen)})
    assert settings.in_flight == room
