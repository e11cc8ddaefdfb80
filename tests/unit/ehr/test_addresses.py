"""Addresses never leave the FHIR base, whatever ids and links are made of."""

from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.ehr.addresses import context_values, expand, medication_below, page_below

BASE = "https://ehr.example/api/FHIR/R4"
PIECES = st.sampled_from(
    ["/", "\\", "..", ".", "?", "#", "%2e", "%2F", "%5c", "@", ":", "evil.example", "//", "\r\n", "\0", " ",
     "é", "\u2025", "a", "Observation", "=", "&", ";", "%", "%252e", "..%2f"]
)  # fmt: skip
JUNK = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join))


def assert_below(address: str) -> None:
    """What is really sent stays on this host, under this path, with no detour in it."""
    sent = requests.Request("GET", address).prepare().url or ""
    assert sent == BASE or sent.startswith((f"{BASE}/", f"{BASE}?"))
    parts = urlsplit(sent)
    assert parts.netloc == "ehr.example"
    assert not parts.fragment
    assert ".." not in unquote(unquote(parts.path)).split("/")
    assert "\\" not in unquote(parts.path)


@given(JUNK)
def test_a_link_that_is_followed_stays_below_the_base(text: str) -> None:
    for link in (text, BASE + text, f"{BASE}/{text}", f"{BASE}?{text}", f"{BASE}@{text}"):
        found = page_below(BASE, link)
        if found is not None:
            assert_below(found)


@given(JUNK)
def test_a_template_filled_with_anything_stays_below_the_base(text: str) -> None:
    values = context_values(text, text, f"Practitioner/{text}")
    for template in ("Patient/{{context.patientId}}", "Condition?patient={{context.patientId}}&x=1"):
        path = expand(template, values)
        if path is not None:
            assert_below(f"{BASE}/{path}")
            assert path.count("&") <= 1
            assert text in path


@given(JUNK)
def test_a_medication_that_is_read_is_below_the_base(text: str) -> None:
    for reference in (
        text,
        f"Medication/{text}",
        f"{BASE}/Medication/{text}",
        f"https://{text}/Medication/1",
    ):
        found = medication_below(BASE, reference)
        if found is not None:
            assert_below(found)
            assert found.startswith(f"{BASE}/Medication/")


@pytest.mark.parametrize(
    "rest",
    ["/Observation?patient=1&page=2", "?_getpages=a-b_c&_offset=20", "/Observation?sessionID=12-A%2BB==",
     "/Patient?id:above=3", "/Observation?-pageContext=x&-pageDirection=NEXT"],
)  # fmt: skip
def test_links_of_real_servers_are_followed(rest: str) -> None:
    assert page_below(BASE, BASE + rest) == BASE + rest


@pytest.mark.parametrize(
    "link",
    ["not given", "", "?page=2", "https://ehr.example/api/FHIR/R4X/Observation", "https://other.example/",
     f"{BASE}/../admin", f"{BASE}/%2e%2e/admin", f"{BASE}/a\\b", f"{BASE}/a#b", f"{BASE}/a b",
     f"{BASE}@evil/", f"{BASE}.evil.example/",
     f"http://{BASE.removeprefix('https://')}/x", f"{BASE}/{'a' * 9000}"],
)  # fmt: skip
def test_other_links_are_not(link: str) -> None:
    assert page_below(BASE, link) is None


@given(st.from_regex(r"[A-Za-z0-9.\-]{1,64}", fullmatch=True))
def test_every_fhir_id_may_stand_in_a_template(ident: str) -> None:
    assume(ident not in {".", ".."})
    assert expand("Patient/{{context.patientId}}", context_values(ident, None, "")) == f"Patient/{ident}"


@pytest.mark.parametrize("ident", ["..", ".", "", "a/b", "a?b", "x" * 65, "a\n", "%2e"])
def test_other_ids_may_not(ident: str) -> None:
    assert expand("Patient/{{context.patientId}}", context_values(ident, None, "")) is None


@pytest.mark.parametrize(
    ("user", "token"),
    [
        ("Practitioner/7", "userPractitionerId"),
        ("PractitionerRole/7", "userPractitionerRoleId"),
        ("Patient/7", "userPatientId"),
        ("RelatedPerson/7", "userRelatedPersonId"),
    ],
)
def test_the_user_stands_for_the_token_of_its_type_only(user: str, token: str) -> None:
    values = context_values("1", None, user)
    assert expand(f"Practitioner/{{{{{token}}}}}", values) == "Practitioner/7"
    assert expand("{{context.userId}}", values) == user
    others = {"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"} - {
        token
    }
    assert all(expand(f"x/{{{{{other}}}}}", values) is None for other in others)


def test_a_template_without_its_value_is_not_asked() -> None:
    assert expand("Encounter/{{context.encounterId}}", context_values("1", None, "")) is None
    assert expand("Condition?x={{today()}}", context_values("1", None, "")) is None
