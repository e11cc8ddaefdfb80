"""What the rules found on one chart. Texts are rendered, references are `Type/id`."""

import msgspec

from cds_service.knowledge.catalogue import Gate, Suggestion
from cds_service.knowledge.rules import Indicator, Tier
from cds_service.wording import Rendered


class Fact(msgspec.Struct, frozen=True):
    """A sentence about the chart (Markdown) and the records it rests on."""

    say: Rendered
    refs: tuple[str, ...]


class CauseFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One cause evaluated: its tier and the facts that raised and lowered it.

    `points` is None when the cause cannot be assessed; `why_unknown` then says what is missing.
    """

    cause: str
    tier: Tier
    points: int | None
    raised: tuple[Fact, ...] = ()
    lowered: tuple[Fact, ...] = ()
    notes: tuple[Rendered, ...] = ()
    advice: tuple[Rendered, ...] = ()
    evidence: tuple[str, ...] = ()
    phrase: str = ""
    why_unknown: str = ""

    @property
    def supported(self) -> bool:
        """Whether the chart supports the cause at all."""
        return self.tier in ("strong", "moderate", "weak")


class SignItem(msgspec.Struct, frozen=True):
    """One finding of a warning card: its short name (plain text) and what the chart says."""

    name: str
    fact: Fact


class SignFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A warning card that fires; `absorbed` names those it took in because there were too many."""

    sign: str
    indicator: Indicator
    summaries: tuple[str, ...]  # the same summary with fewer and fewer items, longest first
    items: tuple[SignItem, ...]
    notes: tuple[Rendered, ...]
    evidence: tuple[str, ...]
    absorbed: tuple[str, ...] = ()


class Offer(msgspec.Struct, frozen=True):
    """A suggestion whose condition holds."""

    suggestion: Suggestion
    recommended: bool


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found. `closed_by` names the gate that is closed, "" when all are open.

    `gate` is that gate. `causes` are in the order of their rank, `supported` those the chart supports.
    """

    closed_by: str = ""
    gate: Gate | None = None
    ranked: bool = False
    causes: tuple[CauseFinding, ...] = ()
    supported: tuple[CauseFinding, ...] = ()
    signs: tuple[SignFinding, ...] = ()
    offers: tuple[Offer, ...] = ()
    remarks: tuple[Rendered, ...] = ()
