"""The charts that were opened: each call, and what became of its cards."""

import threading
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from cds_service.demo.exchange import Card, Exchange
from cds_service.wording import translatable

_MOST = 500  # openings remembered


class Reply(msgspec.Struct, frozen=True):
    """What the user did with a card, and whether the service stored it."""

    text: str
    status: int
    suggestion: str = ""  # its uuid, where one was accepted

    @property
    def stored(self) -> bool:
        """Whether the service said that it is stored."""
        return self.status == 200  # noqa: PLR2004 - HTTP OK


class Opening(msgspec.Struct, frozen=True):
    """A chart that was opened; `instance` is the hookInstance. `replies` are by card uuid."""

    instance: str
    patient: str
    exchange: Exchange
    before: tuple[str, ...] | None  # summaries at the opening before; None for the first
    replies: dict[str, list[Reply]] = {}

    def find(self, uuid: str) -> Card | None:
        """The card of this uuid."""
        return next((card for card in self.exchange.cards if card["uuid"] == uuid), None)

    def summaries(self) -> tuple[str, ...]:
        """The cards, in their own words."""
        return tuple(card["summary"] for card in self.exchange.cards)

    def changes(self) -> list[tuple[str, str]]:
        """What is new, and what is gone, since the chart was opened before."""
        return list(self._changes()) if self.before is not None else []

    def _changes(self) -> Iterator[tuple[str, str]]:
        before, now = self.before or (), self.summaries()
        yield from ((translatable("New"), summary) for summary in now if summary not in before)
        yield from ((translatable("Gone"), summary) for summary in before if summary not in now)


class Openings:
    """The openings of this run; the oldest are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Opening] = OrderedDict()
        self._last: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def add(self, instance: str, patient: str, exchange: Exchange) -> Opening:
        """Remember an opening."""
        with self._lock:
            opening = Opening(instance, patient, exchange, self._last.get(patient), {})
            self._kept[instance] = opening
            self._last[patient] = opening.summaries()
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return opening

    def find(self, instance: str) -> Opening | None:
        """An opening by its hookInstance."""
        return self._kept.get(instance)

    def note(self, opening: Opening, card: str, reply: Reply) -> None:
        """Remember what the user did with a card."""
        with self._lock:
            opening.replies.setdefault(card, []).append(reply)
