"""The report of `leg-cds review`: rows into a sink, and the exit code they come to."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cds_service import cli
from cds_service.cli._files import tell

if TYPE_CHECKING:
    from cds_service.batch.row import Row
    from cds_service.batch.run import Population
    from cds_service.knowledge import Knowledge

_URGENCY = {"info": 0, "warning": 1, "critical": 2}


class _Tally:
    """Counts rows as they pass by."""

    def __init__(self) -> None:
        self.patients = 0
        self.most_urgent: Counter[str] = Counter()  # patients, by the most urgent of their cards
        self.skipped: Counter[str] = Counter()

    def watch(self, rows: "Iterator[Row]") -> "Iterator[Row]":
        for row in rows:
            self.patients += 1
            if row.cards:
                self.most_urgent[max((card.indicator for card in row.cards), key=_URGENCY.__getitem__)] += 1
            self.skipped.update(row.resources.skipped)
            yield row

    def tell(self, population: "Population") -> None:
        counts = self.most_urgent
        found = ", ".join(f"{counts[level]} {level}" for level in reversed(_URGENCY) if counts[level])
        cards = f"{counts.total()} with cards ({found})" if found else "none with a card"
        who = "1 patient" if self.patients == 1 else f"{self.patients} patients"
        click.echo(f"{who} reviewed, {cards}.", err=True)
        click.echo(f"As of {population.as_of:%Y-%m-%d %H:%M} UTC: {population.chosen}.", err=True)
        for reason, count in sorted(self.skipped.items()):
            click.echo(f"{count} record{'s' * (count > 1)} not or not fully read: {reason}", err=True)

    def exit_code(self, fail_on: str | None, *, bugs: bool, faults: bool) -> int:
        """A bug of ours comes first; then what was found, which holds whatever else was not read."""
        if bugs:
            return cli.BUG
        if fail_on is not None and any(_URGENCY[found] >= _URGENCY[fail_on] for found in self.most_urgent):
            return cli.FINDINGS
        return cli.UNREADABLE if faults or self.skipped else cli.DONE


class Report(NamedTuple):
    """Where the rows go, and how."""

    knowledge: "Knowledge"
    form: str
    output: Path | None
    folder: Path
    identified: bool

    def write(self, population: "Population", fail_on: str | None) -> int:
        """Write everything out, tell what there is to tell, and say how the command ends."""
        from cds_service.batch.sinks import Header, open_sink

        header = Header(
            knowledge=self.knowledge,
            as_of=population.as_of,
            chosen=population.chosen,
            identified=self.identified,
        )
        tally, faults = _Tally(), sorted(population.faults())
        with open_sink(self.form, self.output, header, self.folder if self.output else None) as sink:
            for row in tally.watch(population.rows()):
                sink.write(row)
            for fault in faults:
                sink.fault(fault)
            sink.unused(population.not_used())
        tally.tell(population)
        tell(population.notes(), faults)
        return tally.exit_code(fail_on, bugs=population.bugs, faults=bool(faults))
