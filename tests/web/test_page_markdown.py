"""The Markdown of cards in a page: lists and emphasis come through, HTML and images never do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.web.pages.markdown import render_markdown

PIECES = st.sampled_from(
    [
        *(
            "<img src=x onerror=a()>",
            "<script>",
            "![a](http://evil.example/p)",
            "[a](javascript:x)",
            "&lt;b&gt;",
        ),
        *(
            "&lt;b&gt;",
            "- ",
            "**",
            "*",
            "`",
            "\n",
            "\n\n",
            "> ",
            "1. ",
            "[",
            "](",
            ")",
            "<http://evil.example>",
            "a",
        ),
    ]
)
TAGS = {"p", "ul", "ol", "li", "em", "strong", "code", "pre", "a", "br", "hr", "blockquote"} | {
    f"h{level}" for level in range(1, 7)
}


def test_a_detail_reads_as_it_was_written() -> None:
    text = (
        "**Supported**\n\n- statin (*strong*)\n  - since 5 Jun\n\nSee [the label](https://label.example/1)."
    )
    assert str(render_markdown(text)) == (
        "<p><strong>Supported</strong></p>\n<ul>\n<li>statin (<em>strong</em>)\n<ul>\n<li>since 5 Jun</li>\n"
        '</ul>\n</li>\n</ul>\n<p>See <a href="https://label.example/1" rel="noreferrer">the label</a>.</p>\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>\n"),
        ("5 < 7 & 8", "<p>5 &lt; 7 &amp; 8</p>\n"),
    ],
)
def test_what_is_no_markdown_is_shown_as_text(text: str, expected: str) -> None:
    assert str(render_markdown(text)) == expected


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
def test_no_text_makes_an_image_a_script_or_a_handler(text: str) -> None:
    page = str(render_markdown(text))
    for tag, attributes in re.findall(r"<([a-z0-9]+)([^>]*)>", page):
        assert tag in TAGS
        names = set(re.findall(r'([a-z-]+)="', attributes))
        assert names <= {"href", "rel", "title", "class", "start"}
