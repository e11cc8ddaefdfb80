"""What a text leaves to be filled in, which a translation must keep."""

import re
from collections import Counter

PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\}")
"""`{{ word }}` and `{% if word %}` of Jinja, `{word}` of `str.format`."""


def changed_placeholders(text: str, translation: str) -> str:
    """What is wrong with the placeholders of a translation, "" when they are those of the text."""
    wanted, given = (Counter(PLACEHOLDER.findall(one)) for one in (text, translation))
    missing, extra = (wanted - given).elements(), (given - wanted).elements()
    faults = [f"{found} is missing" for found in missing] + [f"{found} is not in the text" for found in extra]
    return "; ".join(faults)
