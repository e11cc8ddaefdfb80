"""Identifiers of people, made unreadable.

The same person always gets the same name, and nobody without the key can tell who it is.
"""

import hashlib
import hmac
from typing import Literal

Kind = Literal["patient", "encounter", "user"]

_CHECKED = b"leg-cds pseudonym key"


class Pseudonyms:
    """Names for identifiers, by HMAC-SHA256 with the operator's key. Without a key they stay plain."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"Pseudonyms({'keyed' if self._key else 'plain'})"

    def name(self, kind: Kind, issuer: str, tenant: str, identifier: str) -> str:
        """The stored form of an identifier, 64 hexadecimal digits; "" stays "".

        The same identifier of another issuer or tenant is another person, so it gets another name.
        """
        if not identifier or self._key is None:
            return identifier
        message = f"{kind}\x00{issuer}\x00{tenant}\x00{identifier}"
        return hmac.digest(self._key, message.encode("utf-8", "surrogatepass"), "sha256").hex()

    def derive(self, purpose: str) -> bytes | None:
        """A key of 32 bytes for another purpose; None without a key."""
        if self._key is None:
            return None
        return hmac.digest(self._key, f"leg-cds {purpose}".encode(), "sha256")

    def fingerprint(self) -> str:
        """Tells one key from another and says nothing about it; "plain" without a key."""
        if self._key is None:
            return "plain"
        return hashlib.sha256(hmac.digest(self._key, _CHECKED, "sha256")).hexdigest()[:16]
