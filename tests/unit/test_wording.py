"""Words of a record come out as visible, dead text."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_service.wording import SUMMARY_LIMIT, Rendered, clean, escape_markdown, fit, listed, plain

nasty = st.text(
    alphabet=st.sampled_from("<>[]()!*_`~|\\&@:/#-= abwW.3\"'\u202e\u200b\n\t\u00e9"), max_size=40
)
texts = st.text(max_size=60) | nasty
LIVE = {
    "tag": re.compile(r"<[A-Za-z/!?]"),
    "link or image": re.compile(r"(?<!\\)(?:\\\\)*\["),
    "emphasis or code": re.compile(r"(?<!\\)(?:\\\\)*[*_`~|]"),
    "address": re.compile(r"://|www\.|\S@\S", re.IGNORECASE),
}


@given(texts)
@example("<b>bold</b>")
@example("![x](http://e.example/x.png)")
@example("[x](javascript:alert(1))")
@example("<https://e.example>")
@example("www.e.example")
@example("a@e.example")
@example("\\[x](y)")
@example("<\u200bscript>")
def test_nothing_of_a_record_is_live_in_markdown(text: str) -> None:
    shown = escape_markdown(text)
    for what, pattern in LIVE.items():
        assert not pattern.search(shown), what


@given(texts)
def test_nothing_of_a_record_is_live_in_plain_text(text: str) -> None:
    shown = plain(text)
    assert not LIVE["tag"].search(shown)
    assert not LIVE["address"].search(shown)


@given(texts)
def test_a_text_is_one_line_without_hidden_characters(text: str) -> None:
    for shown in (clean(text), plain(text), escape_markdown(text)):
        assert "\n" not in shown
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in shown)


@pytest.mark.parametrize("text", ["<3.5 mmol/L", "< 3.5", "<=3.5", "K 3.1 mmol/L (low)"])
def test_a_comparator_stays_readable(text: str) -> None:
    assert escape_markdown(text) == text
    assert plain(text) == text


def test_what_was_rendered_is_not_escaped_again() -> None:
    once = Rendered(escape_markdown("a*b"))
    assert escape_markdown(once) == once == "a\\*b"


def test_words_are_still_legible() -> None:
    assert escape_markdown("Tom & Jerry > <b>") == "Tom &amp; Jerry &gt; &lt;b&gt;"
    assert plain("<b>x</b> http://a.example") == "(b>x(/b> http: //a.example"


@given(texts)
def test_a_summary_fits(text: str) -> None:
    assert len(fit(text)) <= SUMMARY_LIMIT
    assert len(fit(text, 20)) <= 20


@given(texts.filter(lambda text: len(text) <= SUMMARY_LIMIT))
def test_a_text_that_fits_is_left_alone(text: str) -> None:
    assert fit(text) == text


def test_a_long_text_is_cut_at_a_word() -> None:
    assert fit("taking rosuvastatin and amlodipine", 25) == "taking rosuvastatin and\u2026"


@pytest.mark.parametrize(
    ("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_read_aloud(words: list[str], said: str) -> None:
    assert listed(words) == said
