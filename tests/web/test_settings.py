"""LEG_CDS_* variables: validated, all errors at once."""

import os
import re
from pathlib import Path

import msgspec
import pytest

from cds_service.knowledge import DEFAULT_BASE
from cds_service.settings import Settings, SettingsError, is_loopback, read_settings


def test_nothing_set_is_the_sandbox_profile() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.on_loopback
    assert not settings.allow_open
    assert settings.cors_origins == ("https://sandbox.cds-hooks.org",)


def test_every_setting_can_be_given() -> None:
    settings = read_settings(
        {
            "LEG_CDS_HOST": "::1",
            "LEG_CDS_PORT": "8080",
            "LEG_CDS_WORKERS": "4",
            "LEG_CDS_THREADS": "8",
            "LEG_CDS_IN_FLIGHT": "6",
            "LEG_CDS_BODY_LIMIT": "2048",
            "LEG_CDS_CORS_ORIGINS": "https://a.example, https://b.example",
            "LEG_CDS_ALLOW_OPEN": "true",
            "LEG_CDS_OVERLAYS": os.pathsep.join(["/etc/a.yaml", "b.yaml"]),
            "LEG_CDS_BASE": "https://a.example/fhir",
            "PATH": "ignored",
        }
    )
    assert settings == Settings(
        host="::1",
        port=8080,
        workers=4,
        threads=8,
        in_flight=6,
        body_limit=2048,
        cors_origins=("https://a.example", "https://b.example"),
        allow_open=True,
        overlays=(Path("/etc/a.yaml"), Path("b.yaml")),
        base="https://a.example/fhir",
    )


def test_an_empty_list_admits_no_origin() -> None:
    assert read_settings({"LEG_CDS_CORS_ORIGINS": ""}).cors_origins == ()


def test_an_option_wins_over_the_environment() -> None:
    environment = {"LEG_CDS_PORT": "1", "LEG_CDS_HOST": "localhost"}
    settings = read_settings(environment, port=2, host=None)
    assert (settings.port, settings.host) == (2, "localhost")


def test_all_errors_are_told_at_once() -> None:
    environment = {"LEG_CDS_PORT": "70000", "LEG_CDS_WORKERS": "many", "LEG_CDS_THREDS": "8"}
    with pytest.raises(SettingsError) as error:
        read_settings(environment)
    told = "\n".join(error.value.problems)
    assert len(error.value.problems) == 3
    for words in (
        "LEG_CDS_PORT",
        "65535",
        "LEG_CDS_WORKERS",
        "LEG_CDS_THREDS",
        "did you mean LEG_CDS_THREADS?",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("WORKERS", "0"),
        ("THREADS", "1"),
        ("BODY_LIMIT", "10"),
        ("ALLOW_OPEN", "perhaps"),
        ("BASE", "x"),
    ],
)
def test_values_out_of_range_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({f"LEG_CDS_{name}": value})


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False),  # noqa: S104 - nothing is bound
     ("10.0.0.1", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_every_setting_is_documented_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/wire.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `LEG_CDS_(\w+)` \| `?([^`|]*?)`? *\|", page, re.MULTILINE))
    assert set(rows) == {field.name.upper() for field in msgspec.structs.fields(Settings)}
    environment = {f"LEG_CDS_{name}": default for name, default in rows.items() if name != "BASE"}
    assert read_settings(environment) == Settings()
    assert rows["BASE"] == DEFAULT_BASE
