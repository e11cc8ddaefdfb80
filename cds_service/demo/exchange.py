"""One call of the service: what was sent, and what the wire carried back."""

from typing import Any, Literal

import msgspec

from cds_service.web.pages.language import gettext
from cds_service.wording import translatable

_OK = 200
_UNREADABLE = translatable("The answer of the service cannot be read; look at it below.")

Card = dict[str, Any]


class _Action(msgspec.Struct):
    description: str
    resource: dict[str, Any] = {}


class _Suggestion(msgspec.Struct):
    label: str
    uuid: str
    actions: list[_Action] = []


class _Reason(msgspec.Struct):
    code: str
    display: str


class _Link(msgspec.Struct):
    label: str
    url: str
    type: Literal["absolute", "smart"]


class _Topic(msgspec.Struct):
    code: str


class _Source(msgspec.Struct):
    label: str
    url: str = ""
    topic: _Topic | None = None


class _Card(msgspec.Struct):
    """What the page relies on."""

    uuid: str
    summary: str
    indicator: Literal["critical", "warning", "info"]
    source: _Source
    detail: str = ""
    suggestions: list[_Suggestion] = []
    overrideReasons: list[_Reason] = []
    links: list[_Link] = []


class _Cards(msgspec.Struct):
    cards: list[_Card]


class Exchange(msgspec.Struct, frozen=True):
    """One call. `sent` is without the access token; `answer` is the body that came, letter for letter.

    `status` is 0 where nothing came; `answer` is then what to tell.
    """

    service: str
    url: str
    sent: dict[str, Any]
    status: int
    answer: bytes
    fetched: tuple[str, ...] = ()  # prefetch keys that were left for the service to fetch

    @property
    def cards(self) -> list[Card]:
        """The cards, in the order they came; none where there is a `refusal`."""
        if self.refusal:
            return []
        cards: list[Card] = msgspec.json.decode(self.answer)["cards"]
        return cards

    @property
    def refusal(self) -> str:
        """Why there are no cards to show, "" where there is an answer with cards, or with none."""
        if not self.status:
            return gettext(self.text)
        if self.status != _OK:
            return gettext("The service answered {status}: {reason}").format(
                status=self.status, reason=self._reason()
            )
        try:
            msgspec.json.decode(self.answer, type=_Cards)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return gettext(_UNREADABLE)
        return ""

    @property
    def text(self) -> str:
        """The answer as text that can be shown."""
        return self.answer.decode(errors="replace")

    def _reason(self) -> str:
        try:
            said: str = msgspec.json.decode(self.answer)["issue"][0]["details"]["text"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, IndexError, TypeError):
            return gettext("without a reason that can be read.")
        return said
