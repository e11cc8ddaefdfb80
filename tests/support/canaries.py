"""What no log may hold: who the made-up patients are, and every token of the tests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from cds_service.fixtures import FixturePatient, patients

MADE_UP = (
    "zq7",  # in every value that a test makes up to be looked for
    "Testpatient",
    "HTEST",
    "1960-01-01",  # born
    "t0ken",
    "secret-of-one-call",
    "secret-of-the-tests",
    "synthetic-token",
)
_TOKENS = (
    r"eyJ[\w-]{8,}",  # a part of a JWT: base64 of {"
    r"[Bb]earer [\w.~+/-]{8,}",
    r"[Bb]asic [\w+/=]{12,}",
)
_RULES = {"cauda-equina"}  # which is also the id of a patient
_SHORTEST = 4  # letters of a name that is looked for


@cache
def canaries() -> re.Pattern[str]:
    """Finds every one of them, and no innocent word."""
    words = [rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in sorted({*_people()} - _RULES)]
    return re.compile("|".join([*map(re.escape, MADE_UP), *words, *_TOKENS]))


def _people() -> Iterator[str]:
    today = datetime.now(UTC).date()
    for story in patients():
        yield from _ids(story)
        person = story.resources(today)[0]
        yield person["birthDate"]
        yield from (given for name in person["name"] for given in name["given"] if len(given) >= _SHORTEST)


def _ids(story: FixturePatient) -> Iterator[str]:
    """Those that are no English word: a rule, a card and a reason are called by such words too."""
    context = story.hook_request(datetime.now(UTC).date())["context"]
    texts = [value.rpartition("/")[2] for value in context.values() if isinstance(value, str)]
    yield from (text for text in texts if "-" in text)
