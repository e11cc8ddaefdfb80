"""What one process of the service holds beside the rules: connections, watches, the way to the store.

It is made before the workers are forked, and begins in each of them: nothing is connected and no thread
runs before.
"""

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from cds_service.ehr.breaker import State
from cds_service.ehr.fhir_server import FhirServers
from cds_service.ehr.http import SafeHttp
from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.store import CallRecord, Store, StoreUnavailableError
from cds_service.web import metrics
from cds_service.web.admission import open_admission
from cds_service.web.log_writer import LineWriter
from cds_service.web.memory import Memory
from cds_service.web.recorder import Recorder
from cds_service.web.visit import Visit
from cds_service.web.warm import warm_up
from cds_service.web.watchdog import Watchdog

if TYPE_CHECKING:
    from cds_service.web.tracing import Tracing

_STATES = {State.CLOSED: 0, State.TRIAL: 1, State.OPEN: 2}


class Process:
    """One process; `store` is None only where nothing is kept: in tests, and where no file can be written."""

    def __init__(
        self,
        knowledge: Knowledge,
        settings: Settings,
        store: Store | None = None,
        log: LineWriter | None = None,
    ) -> None:
        self.store = store
        self.watchdog = Watchdog(settings.limits.stuck_seconds)
        self.fhir_servers = FhirServers(settings.limits, self._observe_fhir)
        self.admission = open_admission(settings, store, SafeHttp(settings.limits))
        self.memory = Memory(store, knowledge.alarms, snooze=settings.features.snooze) if store else None
        self._recorder = Recorder(store) if store else None
        self._knowledge = knowledge
        self._aliases = base_aliases(settings)
        self._traces = settings.features.tracing
        self._tracing: Tracing | None = None
        self._log = log

    def begin(self) -> None:
        """Start what runs beside the calls."""
        self.watchdog.start(self._look)
        if self._traces:
            from cds_service.web.tracing import Tracing  # noqa: PLC0415 - an extra that few install

            self._tracing = Tracing()
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        self.store_answers()
        warm_up(self._knowledge)

    def traced(self, visit: Visit) -> AbstractContextManager[None]:
        """A span around a call, where the operator wants them."""
        return self._tracing.watching(visit) if self._tracing else nullcontext()

    def end(self) -> None:
        """Store and send what waits, and disconnect."""
        if self._tracing:
            self._tracing.end()
        if self._recorder:
            self._recorder.close()
        if self.store:
            self.store.close()

    def record(self, call: CallRecord) -> None:
        """Leave the audit line of a call."""
        if self._recorder:
            self._recorder.record(call)

    def store_answers(self) -> bool:
        """Whether the store can be written, and everything is written that ought to be."""
        if self.store is None or self._recorder is None:
            return True
        try:
            self.store.probe()
        except StoreUnavailableError:
            return False
        return not self._recorder.is_behind

    def _look(self) -> None:
        """Bring the figures up to date that change by themselves."""
        for base, state in self.fhir_servers.states().items():
            metrics.breaker_state.labels(self._aliases[base]).set(_STATES[state])
        if self._log:
            metrics.log_lines_dropped.set(self._log.dropped)

    def _observe_fhir(self, base: str, result: str, seconds: float) -> None:
        metrics.fhir_call_seconds.labels(self._aliases[base], result).observe(seconds)


def base_aliases(settings: Settings) -> dict[str, str]:
    """A name for each FHIR base: the alias of its issuer, with a number from the second base on."""
    owners = [(issuer.name, issuer.fhir_servers) for issuer in settings.issuers]
    owners.append(("open", settings.fhir_servers))
    return {
        server.base: name if number == 0 else f"{name}-{number + 1}"
        for name, servers in owners
        for number, server in enumerate(servers)
    }
