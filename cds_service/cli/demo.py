"""`leg-cds demo`: open the synthetic patients as an EHR would, over HTTP, and show their cards."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

if TYPE_CHECKING:
    from rich.table import Table

    from cds_service.fixtures import FixturePatient

_SERVICE = "leg-soreness"
_COLOURS = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_EHR_PORT = 5080
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
@click.option("--ehr", is_flag=True, help="Serve an EHR page to try the service in, until Ctrl-C.")
@click.option("--port", type=int, help="Of the EHR page; 0 picks a free one.  [default: 5080]")
def demo(keep: bool, ehr: bool, port: int | None) -> None:
    """Start the service, open every synthetic patient, print the cards, stop.

    Exits 0 only if every patient got the cards that are expected. With --ehr, open them yourself in a
    browser.
    """
    if ehr and keep:
        raise click.UsageError("--ehr serves until Ctrl-C anyway; leave --keep out.")
    if not ehr and port is not None:
        raise click.UsageError("--port is that of the EHR page; add --ehr.")
    if ehr:
        _serve_ehr(_EHR_PORT if port is None else port)
    else:
        _open_all(keep)


def _open_all(keep: bool) -> None:
    from cds_service.fixtures import patients

    opened = patients()
    with _service() as url:
        answers = [_open_chart(url, patient) for patient in opened]
        _print_answers(opened, answers)
        wrong = [text for pair in zip(opened, answers, strict=True) if (text := _difference(*pair))]
        if keep:
            _keep_serving(url)
    if wrong:
        click.echo("\n".join(["Not the expected cards:", *wrong]), err=True)
        sys.exit(1)
    click.echo(f"{len(opened)} patients, each with the cards that are expected.")


def _serve_ehr(port: int) -> None:
    try:
        from cds_service.demo import ServiceNotStarted, listen, run_demo_ehr
    except ModuleNotFoundError as error:
        missing = f"--ehr needs {error.name}: pip install 'leg-soreness-cds[demo]'"
        raise click.UsageError(missing) from error

    try:
        listener = listen(port)
    except OSError as error:
        text = f"cannot listen on port {port}: {os.strerror(error.errno or 0)}. Try another --port."
        raise click.UsageError(text) from error
    signal.signal(signal.SIGTERM, _end_as_by_hand)
    with listener:
        try:
            run_demo_ehr(listener, _announce)
        except ServiceNotStarted as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo()


def _end_as_by_hand(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _announce(ehr: str, service: str) -> None:
    click.echo(f"The EHR page:  {ehr}/\nThe service:   {service}/cds-services\nCtrl-C ends both.")


@contextmanager
def _service() -> Iterator[str]:
    """The URL of a service in a process of its own, on a free loopback port; ended afterwards."""
    from cds_service.demo import ServiceNotStarted, running_service

    try:
        with running_service(["--port", "0"]) as url:
            yield url
    except ServiceNotStarted as error:
        raise click.ClickException(str(error)) from error


def _keep_serving(url: str) -> None:
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
