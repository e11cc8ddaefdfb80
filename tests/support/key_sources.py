"""A key source for tests, and where its keys are fetched: the test says what comes."""

import math
import threading

from cds_service.ehr.http import Answer
from cds_service.ehr.key_sets import KeysUnavailable
from cds_service.ehr.key_source import KeySource
from cds_service.ehr.not_admitted import NotAdmitted
from tests.support.signing import ec_key, key_set, public_jwk


def keys(*kids: str) -> bytes:
    return key_set(*(public_jwk(ec_key(kid), kid) for kid in kids))


class Host:
    """Where keys are fetched."""

    def __init__(self, *kids: str) -> None:
        self.fetches = 0
        self.answer: Answer | KeysUnavailable = Answer(keys(*kids))
        self.told: list[str] = []
        self.source = KeySource(self.fetch, self.told.append)

    def fetch(self) -> Answer:
        self.fetches += 1
        if isinstance(self.answer, KeysUnavailable):
            raise self.answer
        return self.answer

    def serve(self, *kids: str, cache_control: str = "") -> None:
        self.answer = Answer(keys(*kids), cache_control)

    def fail(self) -> None:
        self.answer = KeysUnavailable("late")

    def finds(self, kid: str, now: float, newer_than: float = -math.inf) -> bool:
        try:
            return self.source.find(kid, now, newer_than) is not None
        except NotAdmitted:
            return False


class SlowHost(Host):
    """Answers when the test opens it."""

    def __init__(self, *kids: str) -> None:
        super().__init__(*kids)
        self.asked = threading.Event()
        self.opened = threading.Event()

    def fetch(self) -> Answer:
        self.asked.set()
        assert self.opened.wait(20)
        return super().fetch()
