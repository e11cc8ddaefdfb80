"""Every case of every vignette file, one test each."""

import functools

import pytest

from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.files import cards_dir
from cds_service.vignettes import Outcome, run_vignettes

FILES = sorted(cards_dir().glob("*/*.vignettes.yaml"))


@functools.cache
def knowledge() -> Knowledge:
    return load()


@functools.cache
def outcomes() -> dict[str, Outcome]:
    rules = [file.name.removesuffix(".vignettes.yaml") for file in FILES]
    return {f"{case.rule}: {case.name}": case for rule in rules for case in run_vignettes(knowledge(), rule)}


@pytest.mark.parametrize("case", outcomes())
def test_vignette(case: str) -> None:
    outcome = outcomes()[case]
    assert outcome.passed, f"{outcome.file.name}:{outcome.line}: " + "; ".join(outcome.failures)


def test_every_vignette_file_belongs_to_a_live_rule() -> None:
    rules = {*knowledge().causes, *knowledge().signs}
    assert {file.name.removesuffix(".vignettes.yaml") for file in FILES} <= rules
