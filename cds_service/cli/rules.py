"""`leg-cds rules`: look at the rules, try them, and pin them."""

import click

from cds_service.knowledge import Knowledge


@click.group()
def rules() -> None:
    """Look at the rules in cards/, try them, and pin their versions."""


def _load() -> Knowledge:
    from cds_service.knowledge import load

    return load()


def _rule_ids(knowledge: Knowledge, wanted: tuple[str, ...]) -> list[str]:
    """The rules asked for, or all of them, in the order of the cards."""
    from cds_service.knowledge.yaml_source import near_miss

    known = [*knowledge.causes, *knowledge.signs]
    for rule in wanted:
        if rule not in known:
            raise click.UsageError(f"There is no rule {rule!r}{near_miss(rule, known)}")
    return [rule for rule in known if rule in wanted or not wanted]


@rules.command("test")
@click.argument("rule", nargs=-1)
@click.pass_context
def test_rules(ctx: click.Context, rule: tuple[str, ...]) -> None:
    """Run the vignettes of the rules (all, or those named), then move every number one step.

    Some vignette must notice each number that moves. Conditions are changed as well, a name dropped or
    an "and" for an "or"; those that nobody notices are listed as worth a look.
    """
    from cds_service.cli import FINDINGS
    from cds_service.vignettes.report import lines
    from cds_service.vignettes.survey import Surveyor

    knowledge = _load()
    surveyor = Surveyor(knowledge)
    surveys = [surveyor.survey(rule_id) for rule_id in _rule_ids(knowledge, rule)]
    if not rule:
        surveys.append(surveyor.survey_shared())
    for survey in surveys:
        click.echo("\n".join(lines(survey)))
    if not all(survey.clean for survey in surveys):
        ctx.exit(FINDINGS)
