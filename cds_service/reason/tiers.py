"""The tiers of the causes, decided when a rule asks for one."""

from collections.abc import Callable

from cds_service.knowledge.rules import Tier


class Tiers:
    """Cause id -> tier, computed once. Loading has refused rules that ask for each other in a ring."""

    def __init__(self, decide: Callable[[str], Tier]) -> None:
        self._decide = decide
        self._known: dict[str, Tier] = {}

    def of(self, cause: str) -> Tier:
        """The tier of a cause on this chart."""
        if cause not in self._known:
            self._known[cause] = self._decide(cause)
        return self._known[cause]
