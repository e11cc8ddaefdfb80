"""A template of a rule as a reader sees it: `{{ soon.days }}` becomes `[soon: days]`."""

import re

from cds_service.rulebook.connected import Gettext, untranslated

_PRINTED = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_ASKED = re.compile(r"\{%-?\s*(if|elif)\s+(.*?)\s*-?%\}")
_LINKS = re.compile(r"\{%-?\s*(else|endif)\s*-?%\}")
_COUNTED = "count_true"


def spoken(template: str, gettext: Gettext = untranslated) -> str:
    """The text with brackets where something of the chart is filled in, or said only sometimes."""
    links = {"else": gettext("[otherwise]") + " ", "endif": gettext("[end]")}
    text = _PRINTED.sub(lambda match: _filled_in(match, gettext), template)
    text = _ASKED.sub(lambda match: _condition(match, gettext), text)
    return _LINKS.sub(lambda match: links[match[1]], text)


def _filled_in(match: re.Match[str], gettext: Gettext) -> str:
    what, *filters = match[1].split("|")
    named = what.strip("[]").replace(".", ": ")
    if _COUNTED in filters:
        named = gettext("how many of {names}").format(names=named)
    return f"[{named}]"


def _condition(match: re.Match[str], gettext: Gettext) -> str:
    asked = match[2].replace(".truth", "").replace(".", ": ")
    text = gettext("[if {what}]") if match[1] == "if" else gettext("[otherwise if {what}]")
    return text.format(what=asked) + " "
