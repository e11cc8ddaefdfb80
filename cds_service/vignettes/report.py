"""A survey as lines of text."""

from collections.abc import Iterator

from cds_service.vignettes.survey import Survey


def lines(survey: Survey) -> Iterator[str]:
    """One line for a rule without findings; below it, one for each thing left open."""
    cases = f"{len(survey.outcomes):3} cases  " if survey.outcomes or survey.missing else " " * 11
    noticed = survey.tried - len(survey.survivors)
    verdict = "ok" if survey.clean else "OPEN"
    yield f"{survey.subject:24}{cases}{noticed:4} of {survey.tried:3} changes noticed  {verdict}"
    for outcome in survey.failed:
        yield f"    {outcome.file.name}:{outcome.line}: {outcome.name!r} fails: {'; '.join(outcome.failures)}"
    for survivor in survey.unguarded:
        yield f"    {survivor}"
    for survivor in survey.unnoticed:
        yield f"    worth a look: {survivor}"
    for kind in survey.missing:
        yield f"    {survey.subject}.vignettes.yaml: no case of this kind: {kind}"
