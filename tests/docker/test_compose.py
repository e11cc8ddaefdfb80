"""compose.yaml: every container hardened, nothing open that need not be, no secret in the file."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cds_service.settings import read_settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_hardened(name: str) -> None:
    container = SERVICES[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert "cap_add" not in container
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["pids_limit"] <= 512
    assert container["mem_limit"]
    user, group = container["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert not container.get("privileged")
    assert "network_mode" not in container
    assert container["logging"]["options"]["max-size"]
    for mount in container["tmpfs"]:
        assert "size=" in mount
    for volume in container.get("volumes", []):
        assert not volume.startswith(("/", "."))  # nothing of the host, the engine's socket least of all


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, container in SERVICES.items() if "ports" in container] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["443:8443"]


def test_the_store_is_on_a_network_of_its_own() -> None:
    assert COMPOSE["networks"]["store"]["internal"] is True
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["db"]["networks"] == ["store"]
    assert "store" not in SERVICES["proxy"]["networks"]
    assert "ehr" not in SERVICES["proxy"]["networks"]


def test_secrets_are_files() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"PASSWORD: |PASSWORD=|:[^/@\s]+@", text)
    named = {
        secret if isinstance(secret, str) else secret["source"]
        for container in SERVICES.values()
        for secret in container.get("secrets", [])
    }
    assert named == set(COMPOSE["secrets"])


def test_an_image_is_of_a_named_version() -> None:
    for container in SERVICES.values():
        image = container["image"]
        assert image == "leg-soreness-cds" or re.search(r":[\d.]+", image)


def test_the_schema_is_there_before_the_service() -> None:
    assert SERVICES["service"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert "healthcheck" in SERVICES["db"]


def test_it_fits_the_configuration_that_is_documented(tmp_path: Path) -> None:
    (tmp_path / "leg-cds.key").write_bytes(b"k" * 32)
    file = tmp_path / "leg-cds.yaml"
    file.write_text((ROOT / "docs/reference/leg-cds.example.yaml").read_text())
    settings = read_settings({}, file=file)
    proxy = SERVICES["proxy"]["networks"]["inside"]["ipv4_address"]
    assert settings.server.forwarded_allow_ips == (proxy,)
    assert "@db/" in settings.database.url
    assert "passfile=/run/secrets/pgpass" in settings.database.url
    grace = int(SERVICES["service"]["stop_grace_period"].removesuffix("s"))
    assert grace > settings.server.drain_seconds + 10
    targets = [mount["target"] for mount in SERVICES["service"]["configs"]]
    assert SERVICES["service"]["command"][-1] in targets
