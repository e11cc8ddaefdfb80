"""`leg-cds database` and `leg-cds audit`, as an operator runs them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import text

from cds_service.cli import DONE, FINDINGS, USAGE, commands
from cds_service.settings import Database
from cds_service.store import open_store
from cds_service.store.address import Address
from cds_service.store.feedback import Item, Sender, record_feedback
from cds_service.store.opening import starting
from cds_service.store.schema_revision import known_revisions
from tests.support.calls import hook_call

Run = Callable[..., Result]


@pytest.fixture
def run(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the store."""
    for name, value in (
        ("LEG_CDS_DATABASE_URL", empty_database.url),
        ("LEG_CDS_PSEUDONYM_KEY_FILE", str(empty_database.pseudonym_key_file)),
    ):
        monkeypatch.setenv(name, value)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(commands, list(words), catch_exceptions=False)

    return invoke


def write_some(database: Database, calls: int = 3) -> None:
    store = open_store(database)
    for _ in range(calls):
        store.record_call(hook_call())
    sender = Sender("north", "ward", "leg-soreness")
    item = Item(card="c", outcome="overridden", outcome_at=1)
    store.writer.submit(lambda connection: record_feedback(connection, sender, [item], 2))
    store.close()


def test_the_first_steps_of_an_operator(run: Run, empty_database: Database) -> None:
    refused = run("database", "check")
    assert refused.exit_code == FINDINGS
    assert refused.stderr.startswith("The store cannot be used: ")
    assert "leg-cds database migrate" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert (
        f"moved from schema (empty); its schema is {known_revisions()[-1]}"
        in run("database", "migrate").output
    )
    assert "is up to date" in run("database", "migrate").output
    assert run("database", "check").exit_code == DONE
    write_some(empty_database)
    verified = run("audit", "verify")
    assert verified.exit_code == DONE
    assert verified.output.startswith("4 lines, every link holds. The chain ends with 4:")


def test_verify_names_the_broken_line(run: Run, empty_database: Database) -> None:
    run("database", "migrate")
    write_some(empty_database)
    noted = run("audit", "verify").output.split()[-1]
    assert run("audit", "verify", "--noted", noted).exit_code == DONE
    assert run("audit", "verify", "--noted", "4:" + "0" * 64).exit_code == FINDINGS
    with starting(Address(empty_database.url)) as connection:
        connection.execute(text("UPDATE audit SET status = 500 WHERE sequence = 2"))
    broken = run("audit", "verify")
    assert broken.exit_code == FINDINGS
    assert broken.stderr == "Broken at line 2: its content was changed.\n"
    assert run("audit", "verify", "--since", "9999-01-01").exit_code == DONE


@pytest.mark.parametrize("wrong", ["4", "x:y", "4:" + "g" * 64])
def test_a_noted_end_is_written_as_it_was_printed(run: Run, wrong: str) -> None:
    assert run("audit", "verify", "--noted", wrong).exit_code == USAGE


def test_the_export_is_fhir_and_in_the_trail_itself(
    run: Run, empty_database: Database, tmp_path: Path
) -> None:
    run("database", "migrate")
    write_some(empty_database)
    out = tmp_path / "audit.ndjson"
    assert run("audit", "export", "-o", str(out)).exit_code == DONE
    assert out.stat().st_mode & 0o777 == 0o600
    resources = [json.loads(line) for line in out.read_text().splitlines()]
    for resource in resources:
        AuditEvent.model_validate(resource)
    assert [event["subtype"][0]["code"] for event in resources] == ["hook"] * 3 + ["feedback", "export"]
    assert [event["action"] for event in resources] == ["E"] * 3 + ["C", "R"]
    assert "HTEST" not in out.read_text()
    details = {entry["type"]: entry["valueString"] for entry in resources[0]["entity"][1]["detail"]}
    assert details["status"] == "200"
    assert json.loads(details["sources"])[0]["key"] == "patient"
    assert json.loads(resources[-1]["entity"][0]["detail"][0]["valueString"])["by"]


def test_the_export_of_some_days(run: Run, empty_database: Database) -> None:
    run("database", "migrate")
    store = open_store(empty_database)
    for day in (20, 21, 22):
        store.record_call(
            hook_call(at=(1_795_132_800 + (day - 20) * 86_400) * 1_000_000, hook_instance=str(day))
        )
    store.close()
    lines = run("audit", "export", "--since", "2026-11-21", "--until", "2026-11-21").output.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["recorded"].startswith("2026-11-21T00:00:00")


@pytest.mark.parametrize(("status", "outcome"), [(200, "0"), (412, "4"), (503, "8")])
def test_the_outcome_of_an_exported_call(
    run: Run, empty_database: Database, status: int, outcome: str
) -> None:
    run("database", "migrate")
    store = open_store(empty_database)
    store.record_call(hook_call(status=status, cards=(), user="", patient=""))
    store.close()
    event = json.loads(run("audit", "export").output.splitlines()[0])
    assert event["outcome"] == outcome
    assert event["agent"][0]["requestor"] is True


def test_retention_says_what_it_deleted(run: Run, empty_database: Database) -> None:
    run("database", "migrate")
    write_some(empty_database)
    assert run("database", "retention").output == (
        "Deleted: 0 audit lines, 1 feedback items, 0 cards shown, 0 used tokens.\n"  # received in 1970
    )
    assert run("audit", "verify").exit_code == DONE


def test_backup_and_restore(
    run: Run, empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("database", "migrate")
    write_some(empty_database)
    copy = str(tmp_path / "copy.db")
    backed_up = run("database", "backup", copy)
    if empty_database.url.startswith("postgresql"):
        assert backed_up.exit_code == USAGE
        assert "pg_dump" in backed_up.output
        return
    assert backed_up.exit_code == DONE
    monkeypatch.setenv("LEG_CDS_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert run("database", "restore", copy).output == f"Restored from {copy}.\n"
    assert run("database", "restore", copy).exit_code == FINDINGS
    assert "The old store is now" in run("database", "restore", copy, "--replace").output
    assert "6 lines, every link holds" in run("audit", "verify").output  # calls, feedback, backup, restore


def test_a_new_key_is_accepted_on_request(run: Run, empty_database: Database) -> None:
    run("database", "migrate")
    open_store(empty_database)
    assert empty_database.pseudonym_key_file is not None
    empty_database.pseudonym_key_file.write_text("n" * 40)
    assert run("database", "check").exit_code == FINDINGS
    assert run("database", "accept-key", "--yes").exit_code == DONE
    assert run("database", "check").exit_code == DONE


def test_no_database_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEG_CDS_DATABASE_URL", raising=False)
    result = CliRunner().invoke(commands, ["database", "check"])
    assert result.exit_code == USAGE
    assert "LEG_CDS_DATABASE_URL" in result.output
