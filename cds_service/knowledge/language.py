"""The languages of `cards/languages`: one gettext catalogue each. The texts are written in English."""

from collections.abc import Collection
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from cds_service.knowledge.placeholders import changed_placeholders
from cds_service.knowledge.yaml_source import KnowledgeError, near_miss

ENGLISH = "en"
_MONTHS = "Jan Feb Mar "


class Catalogue:
    """The translations of one language."""

    def __init__(self, tag: str, translations: dict[str, str]) -> None:
        self.tag = tag
        self._translations = translations

    def knows(self, text: str) -> bool:
        """Whether there is a translation of a text."""
        return text in self._translations

    def say(self, text: str, _file: str = "") -> str:
        """The translation of a text; the text itself where there is none."""
        return self._translations.get(text, text)


def languages(cards: Path) -> list[str]:
    """The BCP 47 tags of the languages there are, English first."""
    return [ENGLISH, *sorted(file.stem for file in catalogue_files(cards))]


def catalogue_of(tag: str, known: Collection[str]) -> str | None:
    """The known language that serves a BCP 47 tag: itself, else without its region (`es` for `es-AR`)."""
    return next((name for name in (tag, tag.partition("-")[0]) if name in known), None)


def catalogue_files(cards: Path) -> list[Path]:
    """One file a language."""
    return list((cards / "languages").glob("*.po"))


def read_catalogue(cards: Path, tag: str) -> Catalogue:
    """The catalogue of a language; English needs none. A translation marked fuzzy is not used.

    Raises `KnowledgeError` for a language that is not there, a file that cannot be read, and a
    translation with other placeholders than its text.
    """
    if tag == ENGLISH:
        return Catalogue(tag, {})
    file = cards / "languages" / f"{tag}.po"
    if not file.is_file():
        raise KnowledgeError(file, 1, f"there is no such language{near_miss(tag, languages(cards))}")
    translations = {}
    for message in read_messages(file):
        if message.id and message.string and not message.fuzzy:
            _check(file, message)
            translations[str(message.id)] = str(message.string)
    return Catalogue(tag, translations)


def read_messages(file: Path) -> Catalog:
    """The messages of a catalogue file as Babel reads them.

    Raises `KnowledgeError` when it is no gettext catalogue.
    """
    try:
        with file.open("rb") as lines:
            return read_po(lines, abort_invalid=True)
    except PoFileError as error:
        raise KnowledgeError(file, error.lineno + 1, f"not a gettext catalogue: {error}") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(file, 1, "not in UTF-8") from error


def _check(file: Path, message: Message) -> None:
    line = message.lineno or 1
    if not isinstance(message.id, str) or not isinstance(message.string, str) or message.context:
        raise KnowledgeError(file, line, "plural forms and contexts are not used; write msgid and msgstr")
    if fault := changed_placeholders(message.id, message.string):
        raise KnowledgeError(file, line, f"the translation is not filled in as the text is: {fault}")
    if message.id.startswith(_MONTHS) and len(message.string.split()) != len(message.id.split()):
        raise KnowledgeError(file, line, "write the twelve months with spaces between them")
