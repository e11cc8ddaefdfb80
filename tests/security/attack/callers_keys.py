"""Callers: key hosts that are down, lie, or are flooded."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.security.attack.registry import attack
from tests.security.attack.stage import BUDGET, Stage
from tests.support.key_host import Answer, text
from tests.support.signing import EC_KID, ISS, ec_key, header, key_set, public_jwk

ROTATION = 30.0  # s until a new key must be known; the cooldown is 10 s
FLOOD = 40
MOST_FETCHES = 3


@contextmanager
def answering(stage: Stage, answer: Answer) -> Iterator[None]:
    """The key host of the EHR answers otherwise for a while."""
    stage.host.answer = answer
    try:
        yield
    finally:
        stage.host.serve(key_set())


@attack(38)
def the_key_host_is_down(stage: Stage) -> None:
    assert all(stage.call().status == 200 for _ in range(4))  # both workers have the keys
    with answering(stage, text(b"", 503)):
        assert stage.call().status == 200
        answer = stage.call(token=stage.signed(header(kid="new"), ec_key("new")))
        assert answer.status in {401, 503}
        assert answer.seconds < BUDGET


@attack(39)
def the_key_host_redirects(stage: Stage) -> None:
    stolen = stage.signed(header(kid="thief"), ec_key("thief"), iss=f"{ISS}/redirecting")
    assert stage.call(token=stolen).status in {401, 503}
    assert stage.hosts["redirecting"].requests
    assert stage.astray() == 0


@attack(40)
def an_oversized_key_set(stage: Stage) -> None:
    answer = stage.call(token=stage.signed(iss=f"{ISS}/oversized"))
    assert answer.status in {401, 503}
    assert answer.seconds < BUDGET
    assert stage.hosts["oversized"].requests


@attack(41)
def a_flood_of_unknown_keys(stage: Stage) -> None:
    before = len(stage.host.requests)
    tokens = [stage.signed(header(kid=f"unknown-{number}"), ec_key("thief")) for number in range(FLOOD)]
    with ThreadPoolExecutor(8) as threads:
        came = list(threads.map(lambda token: stage.call(token=token).status, tokens))
    assert set(came) == {401}
    assert len(stage.host.requests) - before <= MOST_FETCHES


@attack(42)
def a_key_is_rotated(stage: Stage) -> None:
    rotated = key_set(public_jwk(ec_key(), EC_KID), public_jwk(ec_key("new"), "new"))
    limit = time.monotonic() + ROTATION
    with answering(stage, text(rotated)):
        while stage.call(token=stage.signed(header(kid="new"), ec_key("new"))).status != 200:
            assert time.monotonic() < limit, "the new key is still not known"
            time.sleep(0.5)  # between two tries


@attack(43)
def junk_beside_a_good_key(stage: Stage) -> None:
    whose = {"iss": f"{ISS}/mixed"}
    assert stage.call(token=stage.signed(**whose)).status == 200
    for kid in ("oct", "broken", "private"):
        assert stage.call(token=stage.signed(header(kid=kid), ec_key("thief"), **whose)).status == 401
