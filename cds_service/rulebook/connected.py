"""The small words between the names of a rule: points in time, "or", "and", in the language of the reader."""

from collections.abc import Callable, Sequence

from cds_service.wording import listed, translatable

Gettext = Callable[[str], str]
_POINTS = {
    "today": translatable("today"),
    "soreness.onset": translatable("the onset"),
    "soreness.recorded": translatable("the day it was reported"),
}
_ATTRIBUTES = {
    "start": translatable("the start of {name}"),
    "starts": translatable("the starts of {name}"),
    "end": translatable("the end of {name}"),
    "increases": translatable("the dose increases of {name}"),
    "taken": translatable("the sampling of {name}"),
    "when": translatable("the time given in {name}"),
    "date": translatable("the date of {name}"),
    "recorded": translatable("the recording of {name}"),
}

_UNITS = {
    "day": translatable("day"),
    "days": translatable("days"),
    "weeks": translatable("weeks"),
    "months": translatable("months"),
    "years": translatable("years"),
}


def untranslated(text: str) -> str:
    """English, as the texts are written."""
    return text


def point_in_words(point: str, gettext: Gettext = untranslated) -> str:
    """A point in time: `on_statin.start` is "the start of on_statin"."""
    name, _, attribute = point.partition(".")
    known = _POINTS.get(point)
    return gettext(known) if known else gettext(_ATTRIBUTES[attribute]).format(name=name)


def span_in_words(span: str | None, gettext: Gettext) -> str:
    """`28 days`; "" for none."""
    return " ".join(gettext(_UNITS[word]) if word in _UNITS else word for word in (span or "").split())


def either(words: Sequence[str], gettext: Gettext = untranslated) -> str:
    """`a`, `a or b`, `a, b or c`."""
    conjunction = gettext("or")
    return listed(words, f" {conjunction} ")


def both(words: Sequence[str], gettext: Gettext) -> str:
    """`a and b and c`; empty words are left out."""
    conjunction = gettext("and")
    return f" {conjunction} ".join(filter(None, words))
