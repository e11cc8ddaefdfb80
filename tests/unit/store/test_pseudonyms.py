"""Pseudonyms: the same for the same person, another for everybody else, nothing without the key."""

from hypothesis import given
from hypothesis import strategies as st

from cds_service.store.pseudonym import Pseudonyms

KEY = b"k" * 32
identifiers = st.text(min_size=1, max_size=30)


@given(identifier=identifiers)
def test_the_same_key_gives_the_same_name(identifier: str) -> None:
    names = {Pseudonyms(KEY).name("patient", "north", "ward", identifier) for _ in range(2)}
    assert len(names) == 1
    (name,) = names
    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")


@given(identifier=identifiers, other=identifiers)
def test_another_key_kind_issuer_tenant_or_person_gives_another_name(identifier: str, other: str) -> None:
    keyed = Pseudonyms(KEY)
    asked = [
        ("patient", "north", "ward", identifier),
        ("user", "north", "ward", identifier),
        ("encounter", "north", "ward", identifier),
        ("patient", "south", "ward", identifier),
        ("patient", "north", "clinic", identifier),
        *([("patient", "north", "ward", other)] if other != identifier else []),
    ]
    found = [keyed.name(*one) for one in asked] + [Pseudonyms(b"j" * 32).name(*asked[0])]
    assert len(set(found)) == len(found)


def test_nobody_stays_nobody() -> None:
    assert Pseudonyms(KEY).name("encounter", "north", "ward", "") == ""


def test_without_a_key_identifiers_stay_plain() -> None:
    assert Pseudonyms(None).name("patient", "north", "ward", "HTEST-1") == "HTEST-1"
    assert Pseudonyms(None).fingerprint() == "plain"


def test_the_key_is_not_shown() -> None:
    assert "kkkk" not in repr(Pseudonyms(KEY))
    assert Pseudonyms(KEY).fingerprint() != Pseudonyms(b"j" * 32).fingerprint()
