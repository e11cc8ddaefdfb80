"""The store as the service uses it: one object, its connections made in each process on first use."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from cds_service.store.address import Address
from cds_service.store.calls import record_call
from cds_service.store.engine import reading_engine, writing_engine
from cds_service.store.errors import StoreUnavailableError, outages_told
from cds_service.store.facts import write_probe
from cds_service.store.pseudonym import Pseudonyms
from cds_service.store.records import CallRecord
from cds_service.store.replay import forget_expired, use_token
from cds_service.store.writer import PATIENCE, Observer, Writer

_TOKENS_BETWEEN_SWEEPS = 500
_PROBE_SECONDS = 2.0  # a probe is good for this long
_PROBE_PATIENCE = 1.5


class Store:
    """Cards shown, feedback, used tokens and the audit trail. `open_store` makes one.

    Every method raises `StoreUnavailableError` while the database cannot be used.
    """

    def __init__(
        self,
        address: Address,
        pseudonyms: Pseudonyms,
        tokens_known_since: int,
        *,
        pool_size: int = 1,
        observe: Observer | None = None,
    ) -> None:
        self.address = address
        self.pseudonyms = pseudonyms
        self.tokens_known_since = tokens_known_since
        """Seconds since 1970: a token issued before may have been used without our knowing it."""
        self._pool_size = pool_size
        self._observe = observe
        self._opening = threading.Lock()
        self._process = 0
        self._tokens = 0
        self._probe = _Probe()

    @property
    def engine(self) -> Engine:
        """Connections of this process that can only read."""
        self._open()
        return self._engine

    @property
    def writer(self) -> Writer:
        """The one writer of this process."""
        self._open()
        return self._writer

    def _open(self) -> None:
        if self._process == os.getpid():
            return
        with self._opening:
            if self._process != os.getpid():  # the first use, or the first after a fork
                self._engine = reading_engine(self.address, pool_size=self._pool_size)
                self._writer = Writer(writing_engine(self.address), self._observe)
                self._process = os.getpid()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions, all answered from one moment."""
        with outages_told(), self.engine.connect() as connection:
            yield connection

    def use_token(self, digest: bytes, expires: int, patience: float = PATIENCE) -> bool:
        """Mark a token as used until `expires` (seconds since 1970); False when it was used before.

        A power cut may make an SQLite store forget the last ones; then none from before counts (`facts`).
        """
        self._tokens += 1
        sweep = self._tokens % _TOKENS_BETWEEN_SWEEPS == 0

        def work(connection: Connection) -> bool:
            if sweep:
                forget_expired(connection, int(time.time()))
            return use_token(connection, digest, expires)

        return self.writer.submit(work, patience, lasting=False)

    def record_call(self, call: CallRecord, patience: float = PATIENCE) -> None:
        """Write the audit line of a hook call and the cards it showed, together or not at all."""
        self.writer.submit(lambda connection: record_call(connection, call, self.pseudonyms), patience)

    def probe(self) -> None:
        """Raises `StoreUnavailableError` when the store could not be written in the last two seconds."""
        self._probe.ask(self.writer)

    def close(self) -> None:
        """Commit what was submitted in this process and disconnect."""
        if self._process == os.getpid():
            self._writer.close()
            self._engine.dispose()
            self._process = 0


class _Probe:
    """Whether the store can be written, asked at most once in a while however many ask."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._good_until = 0.0
        self._found: StoreUnavailableError | None = None

    def ask(self, writer: Writer) -> None:
        with self._asking:
            if time.monotonic() >= self._good_until:
                self._found = self._try(writer)
                self._good_until = time.monotonic() + _PROBE_SECONDS
            if self._found is not None:
                raise StoreUnavailableError(self._found.reason)

    def _try(self, writer: Writer) -> StoreUnavailableError | None:
        try:
            writer.submit(lambda connection: write_probe(connection, int(time.time())), _PROBE_PATIENCE)
        except StoreUnavailableError as error:
            return error
        return None
