"""Card bodies: the Markdown templates of `cards/text`, compiled once."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from jinja2 import Template

from cds_service.knowledge import Knowledge
from cds_service.knowledge.templates import block_template
from cds_service.reason.findings import Fact
from cds_service.wording import Rendered, escape_markdown

_REFS_SHOWN = 2
_BLANK_LINES = re.compile(r"\n{3,}")


def body(knowledge: Knowledge, name: str, **words: Any) -> str:
    """A template of `cards/text` filled with words; values are escaped for Markdown."""
    return _BLANK_LINES.sub("\n\n", _compiled(knowledge.texts[name]).render(words)).strip()


def cited(knowledge: Knowledge, keys: Iterable[str]) -> Rendered:
    """What a rule rests on, in one line; our own words, so nothing is escaped."""
    return Rendered("; ".join(knowledge.sources[key].what for key in keys))


def with_records(fact: Fact) -> Rendered:
    """A fact with the first records it rests on, so that a reader can look them up."""
    shown = ", ".join(escape_markdown(ref) for ref in fact.refs[:_REFS_SHOWN])
    return Rendered(f"{fact.say} ({shown})") if shown else fact.say


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    return block_template(source)
