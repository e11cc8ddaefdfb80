"""`leg-cds rules`: look at the rules, try them, and pin their versions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli import FINDINGS, UNREADABLE

if TYPE_CHECKING:
    from cds_service.knowledge import Knowledge
    from cds_service.reading import Pool


@click.group()
def rules() -> None:
    """Look at the rules in cards/, try them, and pin their versions."""


def _load() -> "Knowledge":
    from cds_service.knowledge import load

    return load()


def _chosen(known: list[str], wanted: tuple[str, ...]) -> list[str]:
    """The rules asked for, or all of them, in the order of the cards."""
    from cds_service.knowledge.yaml_source import near_miss

    for rule in wanted:
        if rule not in known:
            raise click.UsageError(f"There is no rule {rule!r}{near_miss(rule, known)}")
    return [rule for rule in known if rule in wanted or not wanted]


@rules.command("list")
def list_rules() -> None:
    """List all rules: id, version, status, order, title."""
    from cds_service.knowledge.files import cards_dir
    from cds_service.rulebook.on_file import rules_on_file

    click.echo(f"{'id':24}{'version':10}{'status':10}{'order':>5}  title")
    for entry in rules_on_file(_load(), cards_dir()):
        rule = entry.rule
        click.echo(f"{rule.id:24}{rule.version:10}{rule.status:10}{rule.order:5}  {rule.title}")


@rules.command("test")
@click.argument("rule", nargs=-1)
@click.pass_context
def test_rules(ctx: click.Context, rule: tuple[str, ...]) -> None:
    """Run the vignettes of the rules (all, or those named), then move every number one step.

    Some vignette must notice each number that moves. Conditions are changed as well, a name dropped or
    an "and" for an "or"; those that nobody notices are listed as worth a look.
    """
    from cds_service.knowledge.files import cards_dir
    from cds_service.rulebook.on_file import rules_on_file
    from cds_service.vignettes.report import lines
    from cds_service.vignettes.survey import Surveyor

    knowledge = _load()
    surveyor = Surveyor(knowledge)
    known = [entry.rule.id for entry in rules_on_file(knowledge, cards_dir())]
    surveys = [surveyor.survey(rule_id) for rule_id in _chosen(known, rule)]
    if not rule:
        surveys.append(surveyor.survey_shared())
    for survey in surveys:
        click.echo("\n".join(lines(survey)))
    if not all(survey.clean for survey in surveys):
        ctx.exit(FINDINGS)


@rules.command("lock")
@click.option("--check", is_flag=True, help="Write nothing; fail when the lock does not fit the rules.")
@click.pass_context
def lock_rules(ctx: click.Context, check: bool) -> None:
    """Write cards/lock.json: the version and content of every rule.

    A rule that changed must carry a new version first.
    """
    from cds_service.knowledge.files import cards_dir
    from cds_service.rulebook import lock
    from cds_service.rulebook.on_file import rules_on_file

    cards = cards_dir()
    on_file = rules_on_file(_load(), cards)
    locked = lock.read_lock(cards)
    faults = list(lock.changed_without_version(on_file, locked))
    if check:
        faults += lock.not_locked(on_file, locked)
    if faults:
        click.echo("\n".join(faults), err=True)
        ctx.exit(FINDINGS)
    if not check:
        lock.write_lock(cards, on_file)
    click.echo(f"{len(on_file)} rules locked.")


@rules.command("explain")
@click.argument("request", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--rule", "rule_ids", multiple=True, help="Only this rule; may be repeated.")
def explain_rules(request: str, rule_ids: tuple[str, ...]) -> None:
    """Explain what the rules make of REQUEST, a hook request or a Bundle (- reads standard input).

    Prints each rule with each clause as true, false or not known, what it rests on, and the points
    that counted. The output holds the patient's data.
    """
    from datetime import UTC, datetime

    from cds_service.reason import ChartView
    from cds_service.review import review
    from cds_service.rulebook.explain import Explanation, card_lines

    knowledge = _load()
    wanted = _chosen([*knowledge.causes, *knowledge.signs], rule_ids)
    pool, service = _read_pool(request, knowledge)
    found = review(pool, datetime.now(UTC), knowledge, service=service)
    explanation = Explanation(ChartView(found.chart, knowledge), found.findings)
    click.echo("\n".join(explanation.gates()))
    for rule_id in wanted:
        click.echo()
        click.echo("\n".join(explanation.rule(rule_id)))
    click.echo()
    click.echo("\n".join(card_lines(found.cards, found.closed_by)))


def _read_pool(request: str, knowledge: "Knowledge") -> "tuple[Pool, str]":
    """The resources of a hook request with its service, or of a Bundle for the patient view."""
    from cds_service.batch.books import Books
    from cds_service.batch.documents import values_of
    from cds_service.batch.requests import read_request
    from cds_service.cli._files import tell
    from cds_service.reading import Pool
    from cds_service.reading.salvage import UnreadableError
    from cds_service.review import DEFAULT_SERVICE

    content = sys.stdin.buffer.read() if request == "-" else Path(request).read_bytes()
    books = Books()
    value = next(values_of(request, content, books, lines=False), None)
    tell(books.notes, sorted(books.faults))
    if value is None:
        sys.exit(UNREADABLE)
    call = read_request(value.raw, knowledge)
    if call is not None:
        return call.pool(knowledge), call.service
    try:
        return Pool.from_bundle(bytes(value.raw)), DEFAULT_SERVICE
    except UnreadableError as error:
        click.echo(f"{request}: {error}", err=True)
        sys.exit(UNREADABLE)


@rules.command("book")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
def write_book(output: Path | None) -> None:
    """Write all rules in words as one HTML page, for a clinician to review."""
    from cds_service.knowledge.files import cards_dir
    from cds_service.rulebook.book import write_page

    page = write_page(_load(), cards_dir())
    if output is None:
        click.echo(page)
    else:
        output.write_text(page, encoding="utf-8")
        click.echo(f"Written to {output}.")
