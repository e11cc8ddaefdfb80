"""The access token of one call."""

from base64 import b64encode
from urllib.parse import quote_plus


class Token:
    """A bearer token that does not show itself: not in a representation, a message or a log."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Token(***)"

    @property
    def authorization(self) -> str:
        """The value of the header `Authorization`."""
        return f"Bearer {self._text}"

    def basic(self, name: str) -> str:
        """The value of the header `Authorization` when this is the secret of a client (RFC 6749, 2.3.1)."""
        return f"Basic {b64encode(f'{quote_plus(name)}:{quote_plus(self._text)}'.encode()).decode()}"
