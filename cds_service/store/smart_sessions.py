"""Sessions of the SMART app, sealed: the database alone does not give a token or a patient away."""

import hashlib
import secrets
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select, update

from cds_service.store.errors import StoreError
from cds_service.store.schema import smart_session
from cds_service.store.store import Store

_PURPOSE = "smart session"
_NONCE_BYTES = 12
_MICROSECONDS = 1_000_000


class SmartSessions:
    """Sessions by the secret in a browser's cookie. `idle` and `longest` are seconds."""

    def __init__(self, store: Store, idle: int, longest: int) -> None:
        """Raises `StoreError` for a store that keeps plain identifiers and so has no key."""
        key = store.pseudonyms.derive(_PURPOSE)
        if key is None:
            raise StoreError("the SMART app needs a key; set database.pseudonym_key_file")
        self._cipher = AESGCM(key)
        self._store = store
        self._idle = idle * _MICROSECONDS
        self._longest = longest * _MICROSECONDS

    def begin(self, content: bytes, seconds: int | None = None) -> str:
        """Keep a new session, at most so many seconds; returns the secret for the cookie."""
        secret = secrets.token_urlsafe(32)
        now = _now()
        longest = self._longest if seconds is None else seconds * _MICROSECONDS
        row = {
            "key": _key(secret),
            "sealed": self._seal(secret, content),
            "used_at": now,
            "ends_at": now + longest,
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(smart_session).where(smart_session.c.ends_at < now))
            connection.execute(insert(smart_session).values(row))

        self._store.writer.submit(work)
        return secret

    def find(self, secret: str) -> bytes | None:
        """The content of a session that has not ended; it is used now."""
        now = _now()

        def work(connection: Connection) -> bytes | None:
            row = connection.execute(
                select(smart_session.c.sealed).where(
                    smart_session.c.key == _key(secret),
                    smart_session.c.ends_at >= now,
                    smart_session.c.used_at >= now - self._idle,
                )
            ).first()
            if row is None:
                return None
            connection.execute(
                update(smart_session).where(smart_session.c.key == _key(secret)).values(used_at=now)
            )
            return bytes(row.sealed)

        sealed = self._store.writer.submit(work)
        return None if sealed is None else self._open(secret, sealed)

    def take(self, secret: str) -> bytes | None:
        """The content of a session, which ends with that; only one of several takers gets it."""
        key, now = _key(secret), _now()

        def work(connection: Connection) -> bytes | None:
            ended = delete(smart_session).where(smart_session.c.key == key)
            row = connection.execute(ended.returning(smart_session.c.sealed, smart_session.c.ends_at)).first()
            return bytes(row.sealed) if row is not None and row.ends_at >= now else None

        sealed = self._store.writer.submit(work)
        return None if sealed is None else self._open(secret, sealed)

    def _seal(self, cookie: str, content: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, _key(cookie))

    def _open(self, secret: str, sealed: bytes) -> bytes | None:
        """None when it was sealed with another key: the operator changed it, and the session is over."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _key(secret))
        except InvalidTag:
            return None


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now() -> int:
    return time.time_ns() // 1000
