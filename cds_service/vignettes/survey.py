"""What the vignettes of a rule leave open: failing cases, unnoticed changes, kinds of case nobody wrote."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from jinja2 import UndefinedError

from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir
from cds_service.vignettes.bench import Bench
from cds_service.vignettes.format import vignette_file
from cds_service.vignettes.kinds import missing_kinds
from cds_service.vignettes.mutants import Mutant, mutants, shared_mutants
from cds_service.vignettes.run import Outcome, Story, read_stories


class Survivor(msgspec.Struct, frozen=True):
    """A change that no vignette notices."""

    mutant: Mutant

    def __str__(self) -> str:
        mutant = self.mutant
        return f"{mutant.file.name}:{mutant.line}: {mutant.change}: nobody notices; {mutant.missing}"


class Survey(msgspec.Struct, frozen=True):
    """One rule (or the shared numbers) surveyed; `missing` are the kinds of case nobody wrote."""

    subject: str
    outcomes: list[Outcome]
    tried: int
    survivors: list[Survivor]
    missing: list[str]

    @property
    def failed(self) -> list[Outcome]:
        """The cases that are not as expected."""
        return [outcome for outcome in self.outcomes if not outcome.passed]

    @property
    def unguarded(self) -> list[Survivor]:
        """Numbers that can move without a vignette noticing."""
        return [survivor for survivor in self.survivors if survivor.mutant.kind == "number"]

    @property
    def unnoticed(self) -> list[Survivor]:
        """Conditions that can change without a vignette noticing: worth a look, no fault by itself."""
        return [survivor for survivor in self.survivors if survivor.mutant.kind == "sentence"]

    @property
    def clean(self) -> bool:
        """Whether all cases pass, every number is guarded, and no kind of case is missing."""
        return not (self.failed or self.unguarded or self.missing)


class Surveyor:
    """Surveys the rules of one `cards/`; their vignettes are read once."""

    def __init__(self, knowledge: Knowledge, cards: Path | None = None) -> None:
        self._knowledge = knowledge
        self._bench = Bench(knowledge, cards or cards_dir())
        self._stories: dict[str, list[Story]] = {}
        self._surveys: dict[str, Survey] = {}

    def stories(self, rule_id: str) -> list[Story]:
        """The cases of a rule with their charts."""
        if rule_id not in self._stories:
            file = vignette_file(self._bench.cards, rule_id)
            self._stories[rule_id] = [] if file is None else read_stories(file, self._knowledge)
        return self._stories[rule_id]

    def survey(self, rule_id: str) -> Survey:
        """Run the cases of a rule, then the same cases with everything in it changed in turn; once."""
        if rule_id not in self._surveys:
            self._surveys[rule_id] = self._survey(rule_id)
        return self._surveys[rule_id]

    def _survey(self, rule_id: str) -> Survey:
        knowledge = self._bench.admitting(rule_id)
        stories = self.stories(rule_id)
        outcomes = [story.run(knowledge) for story in stories]
        passing = [story for story, outcome in zip(stories, outcomes, strict=True) if outcome.passed]
        tried, survivors = _survivors(mutants(rule_id, self._bench), passing)
        return Survey(rule_id, outcomes, tried, survivors, missing_kinds(rule_id, stories, knowledge))

    def survey_shared(self) -> Survey:
        """Move every threshold, default limit and tier cut, and ask the cases of all rules."""
        rules = [*self._knowledge.causes, *self._knowledge.signs]
        stories = [story for rule in rules for story in self.stories(rule)]
        passing = [story for story in stories if story.run(self._knowledge).passed]
        tried, survivors = _survivors(shared_mutants(self._bench), passing)
        return Survey("shared numbers", [], tried, survivors, [])


def _survivors(changed: Iterable[Mutant], stories: list[Story]) -> tuple[int, list[Survivor]]:
    noticed = [(mutant, _noticed(mutant, stories)) for mutant in changed]
    return len(noticed), [Survivor(mutant) for mutant, seen in noticed if not seen]


def _noticed(mutant: Mutant, stories: list[Story]) -> bool:
    return any(_fails(mutant, story) for story in stories)


def _fails(mutant: Mutant, story: Story) -> bool:
    try:
        return not story.run(mutant.knowledge).passed
    except UndefinedError:  # it speaks although the fact it prints is not known
        return True
