"""A template of a rule as a reader sees it: `{{ soon.days }}` becomes `[soon: days]`."""

import re

_PRINTED = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_ASKED = re.compile(r"\{%-?\s*(if|elif)\s+(.*?)\s*-?%\}")
_LINKS = re.compile(r"\{%-?\s*(else|endif)\s*-?%\}")
_COUNTED = "count_true"


def spoken(template: str) -> str:
    """The text with brackets where something of the chart is filled in, or said only sometimes."""
    text = _PRINTED.sub(_filled_in, template)
    text = _ASKED.sub(_condition, text)
    return _LINKS.sub(lambda match: "[otherwise] " if match[1] == "else" else "[end]", text)


def _filled_in(match: re.Match[str]) -> str:
    what, *filters = match[1].split("|")
    counted = "how many of " if _COUNTED in filters else ""
    return f"[{counted}{what.strip('[]').replace('.', ': ')}]"


def _condition(match: re.Match[str]) -> str:
    link = "if" if match[1] == "if" else "otherwise if"
    return f"[{link} {match[2].replace('.truth', '').replace('.', ': ')}] "
