"""The body of a feedback call: the specification's, and what EHRs send in its place.

Beside `{"feedback": [...]}` a bare item is read, and Epic's `overrideReasons` beside `overrideReason`: an
object or an array, its entries with a `reason` or Codings themselves. Members that are not used, as any
`extension` or `reason.display`, are left alone.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import msgspec

from cds_service.store.feedback import Item
from cds_service.web.errors import Problem, Refusal
from cds_service.web.members import Members, Problems

MOST_ITEMS = 1000  # of one call
LONGEST_COMMENT = 4000  # characters; what is longer is shortened, for an EHR does not send it again
_MOST_ENTRIES = 50  # accepted suggestions, or reasons, of one item
_TOLD = 20  # problems in one answer
_ID = re.compile(r"([^\x00-\x20\x7f]{1,256})")
_ID_WANTED = "a text of 1 to 256 characters without blanks"
_CODE = re.compile(r"([^\x00-\x1f\x7f]{1,256})")
_CODE_WANTED = "a code of 1 to 256 characters"
_SYSTEM = re.compile(r"([^\x00-\x20\x7f]{0,1024})")
_OUTCOME = re.compile(r"(accepted|overridden)")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:[Zz]|[+-]\d\d:\d\d))", re.ASCII)
_INSTANT_WANTED = "a time with a zone, such as 2026-11-22T08:30:00Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_feedback(body: bytes) -> list[Item]:
    """The items of a feedback body; one with several reasons gives one for each.

    Raises `Refusal` 400 naming every wrong member with the number of its item; then none is read.
    """
    problems: Problems = []
    whole = _open(body, problems)
    items = [item for members in _entries(whole) for item in _read_item(members)] if whole else []
    if problems:
        raise Refusal(HTTPStatus.BAD_REQUEST, *_at_most(_TOLD, problems))
    return items


def _open(body: bytes, problems: Problems) -> Members | None:
    """The members of the body; every value in it is decoded once, those that nobody uses too."""
    whole = Members.of_body(body, problems)
    if whole is not None:
        try:
            msgspec.json.decode(body)
        except (msgspec.ValidationError, RecursionError):
            text = "The body is nested too deeply, or holds a number that is out of range."
            problems.append(Problem("structure", text))
    return whole


def _at_most(count: int, problems: Problems) -> Problems:
    more = len(problems) - count
    if more <= 0:
        return problems
    return [*problems[:count], Problem("structure", f"There are {more} more problems like these.")]


def _entries(whole: Members) -> Iterator[Members]:
    if whole.given("feedback") or not whole.given("card"):
        yield from whole.objects("feedback", MOST_ITEMS, required=True)
    else:
        yield whole


def _read_item(item: Members) -> list[Item]:
    """Nothing of an item with a problem is used: the complaint refuses the whole body."""
    outcome = item.text("outcome", _OUTCOME, "'accepted' or 'overridden'")
    suggestions = item.objects("acceptedSuggestions", _MOST_ENTRIES, required=outcome == "accepted")
    read = Item(
        card=item.text("card", _ID, _ID_WANTED),
        outcome=outcome,
        outcome_at=_read_instant(item),
        accepted=tuple(suggestion.text("id", _ID, _ID_WANTED) for suggestion in suggestions),
    )
    reasons = [_with_reason(read, reason) for reason in _reasons(item)]
    return reasons or [read]


def _read_instant(item: Members) -> int:
    """Microseconds since 1970-01-01 UTC."""
    text = item.text("outcomeTimestamp", _INSTANT, _INSTANT_WANTED)
    if not text:
        return 0
    try:
        said = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        item.complain("value", "outcomeTimestamp", f"must be {_INSTANT_WANTED}")
        return 0
    return (said - _EPOCH) // timedelta(microseconds=1)


def _reasons(item: Members) -> list[Members]:
    plural = "overrideReasons"
    several = item.objects(plural, _MOST_ENTRIES) if item.is_array(plural) else _one(item, plural)
    return [*_one(item, "overrideReason"), *several]


def _one(item: Members, name: str) -> list[Members]:
    return [item.object(name)] if item.given(name) else []


def _with_reason(item: Item, reason: Members) -> Item:
    if not any(reason.given(name) for name in ("reason", "userComment", "code")):
        reason.complain("required", "reason", "is missing, and so is userComment: give one of them")
    coding = reason if reason.given("code") else reason.object("reason")
    return msgspec.structs.replace(
        item,
        reason_code=coding.text("code", _CODE, _CODE_WANTED, required=reason.given("reason")),
        reason_system=coding.text("system", _SYSTEM, "a URI", required=False),
        comment=_shortened(reason.text("userComment", required=False)),
    )


def _shortened(comment: str) -> str:
    return comment if len(comment) <= LONGEST_COMMENT else f"{comment[: LONGEST_COMMENT - 1]}…"
