import math

import pytest

from cds_service.ehr.http import Answer
from cds_service.ehr.key_source import COOLDOWN, FRESH, STALE
from cds_service.ehr.not_admitted import NotAdmitted
from tests.support.key_sources import Host
from tests.support.signing import NOW, ec_key

HOUR = 3600.0
NO_USABLE_KEY = b'{"keys":[]}'


def reason(host: Host, kid: str, now: float) -> str:
    with pytest.raises(NotAdmitted) as refusal:
        host.source.find(kid, now)
    return refusal.value.reason


def test_a_set_is_fetched_when_first_needed_and_then_held() -> None:
    host = Host("a", "b")
    assert host.fetches == 0
    assert all(host.finds(kid, NOW + second) for kid in "ab" for second in range(int(FRESH)))
    assert (host.fetches, host.told) == (1, ["fetched"])


def test_the_key_is_the_one_of_that_name() -> None:
    host = Host("a", "b")
    assert host.source.find("a", NOW).key == ec_key("a").public_key()
    assert host.source.find("b", NOW).key == ec_key("b").public_key()


def test_a_set_that_is_no_longer_fresh_is_fetched_again() -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    host.serve("b")
    assert host.finds("a", NOW + FRESH - 0.1)
    assert not host.finds("a", NOW + FRESH)
    assert host.finds("b", NOW + FRESH)
    assert host.fetches == 2


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 300),
        ("max-age=600", 600),
        ("public, max-age=600, immutable", 600),
        ("Max-Age = 600", 600),
        ('max-age="600"', 600),
        ("max-age=1", 60),
        ("max-age=0", 60),
        ("max-age=86400", 3600),
        ("max-age=9999999999", 3600),
        ("s-maxage=600", 300),
        ("max-age=x", 300),
        ("no-store", 60),
        ("max-age=600, no-cache", 60),
        ("private,No-Store", 60),
        ("x-no-store", 300),
    ],
)
def test_the_key_host_says_how_long_within_bounds(cache_control: str, seconds: float) -> None:
    host = Host()
    host.serve("a", cache_control=cache_control)
    assert host.finds("a", NOW)
    assert host.finds("a", NOW + seconds - 0.1)
    assert host.fetches == 1
    assert host.finds("a", NOW + seconds)
    assert host.fetches == 2


def test_an_outage_does_not_stop_known_keys_for_a_day() -> None:
    host = Host("a")
    assert STALE == 24 * HOUR
    assert host.finds("a", NOW)
    host.fail()
    for hour in range(1, 24):
        assert host.finds("a", NOW + hour * HOUR)
    assert host.finds("a", NOW + STALE - 1)
    assert reason(host, "a", NOW + STALE) == "keys"
    assert host.told == ["fetched", *["late"] * 24]


def test_an_outage_costs_one_fetch_each_cooldown() -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    host.fail()
    late = NOW + FRESH
    assert all(host.finds("a", late + second) for second in range(20))
    assert COOLDOWN == 10
    assert host.fetches == 3


def test_a_host_that_was_never_reached_is_asked_once_each_cooldown() -> None:
    host = Host()
    host.fail()
    assert all(reason(host, "a", NOW + second) == "keys" for second in range(10))
    assert host.fetches == 1
    host.serve("a")
    assert not host.finds("a", NOW + 9.9)
    assert host.finds("a", NOW + 10)


@pytest.mark.parametrize(
    "document", [NO_USABLE_KEY, b"<html>", b"", b'{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}']
)
def test_a_fetch_without_a_usable_key_keeps_the_old_set(document: bytes) -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    host.answer = Answer(document)
    assert host.finds("a", NOW + FRESH)
    assert host.fetches == 2
    assert host.told[1] in {"no-usable-key", "not-a-key-set"}


def test_a_flood_of_unknown_keys_is_one_fetch_each_cooldown() -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    for number in range(40):
        assert reason(host, f"unknown-{number}", NOW + 10 + number / 10) == "kid"
    assert host.fetches == 2


def test_a_new_key_is_known_at_the_end_of_the_cooldown() -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    host.serve("a", "b")
    assert not host.finds("b", NOW + 9.9)
    assert host.finds("b", NOW + 10)
    assert host.fetches == 2


def test_a_key_that_was_taken_away_is_gone_when_the_set_is_no_longer_fresh() -> None:
    host = Host("a", "b")
    assert host.finds("a", NOW)
    host.serve("b")
    assert host.finds("a", NOW + FRESH - 1)
    assert reason(host, "a", NOW + FRESH) == "kid"


def test_an_order_makes_an_older_set_stale() -> None:
    host = Host("a", "b")
    assert host.finds("a", NOW)
    host.serve("b")
    assert host.finds("a", NOW + 20, newer_than=NOW)
    assert host.fetches == 1
    assert not host.finds("a", NOW + 20, newer_than=NOW + 1)
    assert host.fetches == 2
    assert host.finds("b", NOW + 40, newer_than=NOW + 1)
    assert host.fetches == 2


def test_clocks_that_go_back_neither_flood_nor_freeze() -> None:
    host = Host("a")
    assert host.finds("a", NOW)
    assert host.finds("a", NOW - 1)
    assert not host.finds("b", NOW - 1)
    assert host.fetches == 1
    host.serve("b")
    assert host.finds("b", NOW - HOUR)
    assert host.fetches == 2


def test_the_age_is_that_of_the_set_in_use() -> None:
    host = Host("a")
    assert host.source.age(NOW) == math.inf
    assert host.finds("a", NOW)
    assert host.source.age(NOW + 7) == 7
    host.fail()
    assert host.finds("a", NOW + FRESH)
    assert host.source.age(NOW + FRESH) == FRESH


def test_a_bug_while_fetching_leaves_the_way_free() -> None:
    class Broken(Host):
        def fetch(self) -> Answer:
            if not self.fetches:
                self.fetches = 1
                raise ZeroDivisionError
            return super().fetch()

    host = Broken("a")
    with pytest.raises(ZeroDivisionError):
        host.source.find("a", NOW)
    assert host.finds("a", NOW + COOLDOWN)
