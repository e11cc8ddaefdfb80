"""What one file of `cards/causes/` or `cards/signs/` may say, as frozen structures.

Names, units, sentences and templates are checked by `cds_service.knowledge.checks` when the file is
loaded, so that nothing here is unclear once a request comes in.
"""

from typing import Literal

import msgspec

from cds_service.knowledge.clauses import Clause
from cds_service.knowledge.data import ANYTHING
from cds_service.knowledge.sentence import Sentence
from cds_service.knowledge.templates import Text

Status = Literal["draft", "trial", "active", "retired"]
Tier = Literal["strong", "moderate", "weak", "none", "unknown"]
Indicator = Literal["critical", "warning", "info"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all parts of a rule file: unknown members are errors."""


class Point(_Part, frozen=True):
    """Support points: `{add: 2, when: thighs and both, say: both thighs or hips}`.

    `needs_points` makes the entry count only once the entries before it reach that sum; `short` is
    what a summary calls it.
    """

    add: int
    when: str
    say: str
    needs_points: int | None = None
    short: str | None = None


class FirstOf(_Part, frozen=True):
    """Alternatives: the first whose sentence holds counts, the others do not.

    An entry written without `first_of` is an alternative of its own.
    """

    first_of: list[Point]


class Cap(_Part, frozen=True):
    """The highest tier a way can reach, unless the sentence holds."""

    tier: Literal["moderate", "weak"]
    unless: str | None = None


class Way(_Part, frozen=True):
    """One way in which a cause can be supported; of several, the best one counts.

    `each` names a medication clause that is tried with every exposure it fits.
    """

    considered_if: str
    points: list[FirstOf]
    each: str | None = None
    cap: Cap | None = None


class Score(_Part, frozen=True):
    """A published score as far as the chart can fill it: each item scores its first alternative."""

    items: list[FirstOf]
    say: str


class Remark(_Part, frozen=True):
    """A line shown when its sentence holds (always, without one)."""

    say: str
    when: str | None = None


class Given(dict[str, Clause]):
    """Clause names to clauses, in the order of the file."""


class Sentences(dict[str, Sentence]):
    """Sentences by their text."""


class Texts(dict[str, Text]):
    """Templates by their source."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What causes and signs share.

    `given`, `sentences` and `texts` (by their source text) are filled once they have been checked;
    without any of the data in `needs` (`knowledge.data`) the rule has nothing to say.
    """

    id: str
    title: str
    version: str
    status: Status
    order: int
    because: list[str]
    limits: list[str]
    evidence: str
    given: Given = msgspec.field(default_factory=Given)
    sentences: Sentences = msgspec.field(default_factory=Sentences)
    texts: Texts = msgspec.field(default_factory=Texts)
    needs: int = ANYTHING


class Cause(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A possible cause of leg soreness (CLINICAL.md 3.6 of the specification)."""

    ways: list[Way]
    in_summary: str
    unknown: Remark | None = None
    score: Score | None = None
    notes: list[Remark] = []
    advice: list[Remark] = []
    group: Literal["ranked", "also consider"] = "ranked"
    card_indicator_when_strong: Literal["info", "warning"] = "info"


class Item(_Part, frozen=True):
    """One finding a card lists: a short name for the summary, a sentence for the detail."""

    name: str
    when: str
    say: str


class Firing(_Part, frozen=True):
    """When a card appears, how urgent it is, and its one-line summary."""

    indicator: Indicator
    when: str
    summary: str


class Sign(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A warning or safety card (CLINICAL.md 3.7). The first firing that holds decides.

    `absorbed_by` names the card that takes a non-critical one in when there are too many.
    """

    items: list[Item]
    fires: list[Firing]
    each: str | None = None
    notes: list[Remark] = []
    replaces: list[str] = []
    absorbed_by: str | None = None
    in_pregnancy: bool = True
