"""The language of a page, and its texts in it."""


def language() -> str:
    """The BCP 47 tag of the language the page is shown in."""
    return "en"


def gettext(text: str) -> str:
    """A text of a page in that language."""
    return text
