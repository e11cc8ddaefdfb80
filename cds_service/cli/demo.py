"""`leg-cds demo`: open the synthetic patients as an EHR would, over HTTP, and show their cards."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

if TYPE_CHECKING:
    from rich.table import Table

    from cds_service.fixtures import FixturePatient

_SERVICE = "leg-soreness"
_COLOURS = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_SECONDS_TO_END = 15
_PIPED_WIDTH = 150  # columns where no terminal says how many there are


class _Answer(NamedTuple):
    """What came back for one patient: cards, or the words of a refusal."""

    cards: list[dict[str, Any]]
    refusal: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """An indicator word and a summary for each card; one line when there is none."""
        if self.refusal:
            return [("refused", self.refusal)]
        return [(card["indicator"], card["summary"]) for card in self.cards] or [("no card", "")]


@click.command()
@click.option("--keep", is_flag=True, help="Keep serving afterwards, until Ctrl-C.")
def demo(keep: bool) -> None:
    """Start the service, open every synthetic patient, print the cards, stop.

    Exits 0 only if every patient got the cards that are expected.
    """
    from cds_service.fixtures import patients

    opened = patients()
    with _running_service() as url:
        answers = [_open_chart(url, patient) for patient in opened]
        _print_answers(opened, answers)
        wrong = [text for pair in zip(opened, answers, strict=True) if (text := _difference(*pair))]
        if keep:
            _keep_serving(url)
    if wrong:
        click.echo("\n".join(["Not the expected cards:", *wrong]), err=True)
        sys.exit(1)
    click.echo(f"{len(opened)} patients, each with the cards that are expected.")


@contextmanager
def _running_service() -> Iterator[str]:
    """The URL of a service in a process of its own, on a free loopback port; ended afterwards."""
    options = ["--host", "127.0.0.1", "--port", "0", "--workers", "1"]
    command = [sys.executable, "-m", "cds_service", "serve", *options]
    with tempfile.TemporaryFile("w+") as log:
        service = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - our own
        try:
            yield _await_url(service, log)
        finally:
            _end(service)


def _end(service: "subprocess.Popen[str]") -> None:
    service.terminate()
    try:
        service.communicate(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        service.kill()
        service.communicate()


def _await_url(service: "subprocess.Popen[str]", log: TextIO) -> str:
    line = service.stdout.readline() if service.stdout else ""
    if not line:
        log.seek(0)
        raise click.ClickException(f"the service did not start:\n{log.read()}")
    return line.removeprefix("Ready: ").strip().removesuffix("/cds-services")


def _keep_serving(url: str) -> None:
    import signal

    try:
        click.echo(f"Serving at {url}/cds-services until Ctrl-C.")
        signal.pause()
    except KeyboardInterrupt:
        click.echo()


def _open_chart(url: str, patient: "FixturePatient") -> _Answer:
    import requests

    today = datetime.now(UTC).date()
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between us and loopback
        answer = session.post(f"{url}/cds-services/{_SERVICE}", json=patient.hook_request(today), timeout=10)
    said = answer.json()
    if answer.status_code != requests.codes.ok:
        return _Answer([], f"HTTP {answer.status_code}: {said['issue'][0]['details']['text']}")
    return _Answer(said["cards"])


def _difference(patient: "FixturePatient", answer: _Answer) -> str:
    came = {card["source"]["topic"]["code"]: card["indicator"] for card in answer.cards}
    if came == patient.cards and not answer.refusal:
        return ""
    return f"  {patient.id}: expected {patient.cards}, got {answer.refusal or came}"


def _print_answers(opened: "Sequence[FixturePatient]", answers: Sequence[_Answer]) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH, color_system=None)
    console.print(_table(list(zip(opened, answers, strict=True))))


def _table(pairs: "Sequence[tuple[FixturePatient, _Answer]]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("Patient", "Story", "Cards", title="Synthetic patients and their cards", show_lines=True)
    for patient, answer in pairs:
        lines = [
            Text.assemble((indicator, _COLOURS.get(indicator, "dim")), f"  {text}")
            for indicator, text in answer.lines()
        ]
        table.add_row(patient.id, patient.story, Text("\n").join(lines))
    return table
