"""The blocks of code in the documents do what they say: commands run, settings load, bodies are answered."""

import io
import signal
import subprocess
import sys
import threading
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from fhir.resources.R4B import get_fhir_model_class
from ruamel.yaml import YAML

from cds_service.settings import Settings, read_settings
from tests.docs.blocks import Block, blocks

LANGUAGES = ("sh", "python", "json", "yaml")
BASH = "/bin/bash"
SECONDS = 60.0  # that one block may take
COMMANDS = ("leg-cds ", "make ", "pip ", "curl ", "python ", "docker ")
PAGES = [list(page) for _, page in groupby(blocks("sh", "python"), key=lambda block: block.path)]


def runnable(language: str) -> Any:
    found = [block for block in blocks(language) if block.runs]
    return pytest.mark.parametrize("block", found, ids=[block.place for block in found])


@pytest.mark.parametrize("page", PAGES, ids=[str(page[0].path) for page in PAGES])
@pytest.mark.timeout(300)
def test_commands_and_programs_run(page: list[Block], at_hand: Path, surroundings: dict[str, str]) -> None:
    for block in page:
        if block.runs and block.said == "until stopped":
            run_until_ready(block, at_hand, surroundings)
        elif block.runs:
            run(block, at_hand, surroundings)


def run(block: Block, folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-"] if block.language == "python" else [BASH, "-eu"]
    ended = subprocess.run(
        command,
        input=block.text,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    expected = int(block.said.removeprefix("exit ") or 0)
    assert ended.returncode == expected, f"{block.place}\n{ended.stdout}\n{ended.stderr}"


def run_until_ready(block: Block, folder: Path, environment: dict[str, str]) -> None:
    """Start a command that serves, on a free port, and stop it by Ctrl-C at its first line."""
    command = block.text.partition("#")[0].strip()
    process = subprocess.Popen(
        [BASH, "-c", f"exec {command} --port 0"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    limit = threading.Timer(SECONDS, process.kill)  # a killed process ends the wait for its lines
    limit.start()
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ready: " in line or "Ctrl-C" in line:
            process.send_signal(signal.SIGINT)
    limit.cancel()
    process.stdout.close()
    assert process.wait(SECONDS) == 0, f"{block.place}\n{said}"
    assert "127.0.0.1" in said, f"{block.place}\n{said}"


@runnable("yaml")
def test_settings_load(block: Block, tmp_path: Path) -> None:
    chosen = YAML(typ="safe", pure=True).load(block.text)
    assert set(chosen) <= set(Settings.model_fields), f"{block.place} is no settings; say why it is not read"
    file = tmp_path / "leg-cds.yaml"
    file.write_text(block.text)
    for name in ("smart-client.secret", "pseudonym.key"):
        (tmp_path / name).write_text("made-up\n")
    filled_in = {"PUBLIC_BASE_URL": "https://cds.example", "DATABASE_URL": "sqlite:////store.db"}
    given = {"PUBLIC_BASE_URL": "public_base_url", "DATABASE_URL": "database"}
    environment = {f"LEG_CDS_{name}": filled_in[name] for name, key in given.items() if key not in chosen}
    if "database" not in chosen:
        environment["LEG_CDS_PSEUDONYM_KEY_FILE"] = str(tmp_path / "pseudonym.key")
    assert read_settings(environment, file=file) is not None


@runnable("json")
def test_bodies_are_answered(block: Block, service_url: str) -> None:
    body = msgspec.json.decode(block.text)
    if isinstance(body, dict) and "resourceType" in body:
        get_fhir_model_class(body["resourceType"]).model_validate(body)
    if isinstance(body, dict) and ("hook" in body or "feedback" in body):
        answer = post(service_url, body)
        assert answer.status_code == requests.codes.ok, f"{block.place}\n{answer.text}"


def post(url: str, body: Any) -> requests.Response:
    place = "leg-soreness/feedback" if "feedback" in body else "leg-soreness"
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{url}/cds-services/{place}", json=body, timeout=SECONDS)


def test_a_block_that_does_not_run_says_why() -> None:
    unexplained = [block.place for block in blocks(*LANGUAGES) if block.said == "no-run:"]
    assert unexplained == []


def test_what_is_said_about_running_is_known() -> None:
    said = {block.place: block.said for block in blocks(*LANGUAGES) if block.runs and block.said}
    known = {"until stopped", *(f"exit {code}" for code in (1, 2, 3, 4))}
    assert {place: words for place, words in said.items() if words not in known} == {}


def test_no_command_hides_in_a_block_without_a_language() -> None:
    hidden = [
        block.place
        for block in blocks("", "text", "console", "bash", "shell")
        for line in io.StringIO(block.text)
        if line.lstrip("$ ").startswith(COMMANDS)
    ]
    assert hidden == []
