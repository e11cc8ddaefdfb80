"""The tiers of the causes, decided when a rule asks for one."""

from typing import Protocol

from cds_service.knowledge.rules import Tier


class Tiers(Protocol):
    """Whoever knows the tiers. Loading has refused rules that ask for each other in a ring."""

    def of(self, cause: str) -> Tier:
        """The tier of a cause on this chart."""
