"""How far a run has come, for whoever wants to show it."""

from typing import Protocol


class Progress(Protocol):
    """Told what begins, how much of it there is, and each step of it."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """A stage begins; `unit` is what `total` counts: bytes, or patients."""
        ...

    def advance(self, amount: int) -> None:
        """So much more of the stage is done."""
        ...


class Unseen:
    """Progress that nobody looks at."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""
