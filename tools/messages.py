"""Write the catalogues of `cards/languages`: every text people read, with the translations there are.

    python -m tools.messages          # bring all catalogues up to date
    python -m tools.messages fr       # begin a language, or bring one up to date
    python -m tools.messages --check  # write nothing; fail when a text is untranslated or no longer there

A text that changed loses its translation; the old one is shown in the file, marked `fuzzy`, to be mended.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from cds_service.fixtures import patients
from cds_service.forms import read_questionnaire
from cds_service.knowledge import load
from cds_service.knowledge.files import cards_dir, questionnaire_file
from cds_service.knowledge.language import catalogue_files, read_messages
from cds_service.knowledge.placeholders import changed_placeholders
from cds_service.knowledge.translation import translate

_PACKAGE = Path(__file__).resolve().parent.parent / "cds_service"
_METHODS = [
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
    ("rulebook/book.html", "jinja2.ext:babel_extract"),
    ("**.py", "python"),
]
_OTHER_TOOLS = {"batch", "cli"}  # not shown in other languages
_HEADER = """\
# Texts of leg-soreness-cds in another language: msgid is the English text, msgstr the translation.
# What stands in braces is filled in and must stay as it is. Brought up to date by tools/messages.py.
"""


def messages() -> dict[str, str]:
    """Every text to be translated, with the file it stands in."""
    found: dict[str, str] = {}
    for text, file in (*_of_cards(), *_of_form(), *_of_pages(), *_of_patients()):
        found.setdefault(text, file)
    return found


def _of_cards() -> list[tuple[str, str]]:
    asked: list[tuple[str, str]] = []

    def record(text: str, file: str) -> str:
        asked.append((text, f"cards/{file}"))
        return text

    translate(load(), record, "und")
    return asked


def _of_form() -> Iterator[tuple[str, str]]:
    file = questionnaire_file()
    form, place = read_questionnaire(file.read_bytes()), f"cards/questionnaire/{file.name}"
    yield form.title, place
    for item in form.walk():
        yield from (
            (text, place) for text in (item.text, *(c.display for c in item.codings.values())) if text
        )


def _of_patients() -> Iterator[tuple[str, str]]:
    """What the demo says about each of its patients."""
    yield from ((patient.story, "fhir_fixtures/patients") for patient in patients())


def _of_pages() -> Iterator[tuple[str, str]]:
    """Texts of the templates, and those marked `translatable` in the code behind them."""
    found = extract_from_dir(
        _PACKAGE,
        _METHODS,
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "translatable": None},
        directory_filter=lambda folder: Path(folder).name not in _OTHER_TOOLS,
    )
    for file, _, message, *_ in found:
        for text in [message] if isinstance(message, str) else message:
            yield text, f"cds_service/{file}"


def catalogue(file: Path) -> Catalog:
    """The catalogue of a file, brought up to date; an empty one when there is no file yet."""
    wanted = Catalog(
        locale=file.stem,
        fuzzy=False,
        project="leg-soreness-cds",
        msgid_bugs_address="see README.md",
        last_translator="not reviewed by a clinician who speaks the language",
        language_team=file.stem,
    )
    for text, place in messages().items():
        wanted.add(text, locations=[(place, 0)])
    if not file.is_file():
        return wanted
    old = read_messages(file)
    old.update(wanted, no_fuzzy_matching=False, update_header_comment=False)
    return old


def written(file: Path) -> str:
    """The catalogue as it is to be written, in the order of the texts."""
    lines = io.BytesIO()
    current = catalogue(file)
    current.header_comment = _HEADER.rstrip()
    write_po(lines, current, width=0, omit_header=False, sort_by_file=False, include_lineno=False)
    return lines.getvalue().decode()


def faults(file: Path) -> Iterator[str]:
    """What keeps a catalogue from being complete, one line each."""
    known = {str(message.id): message for message in read_messages(file) if message.id}
    wanted = messages()
    for text, place in wanted.items():
        message = known.get(text)
        if message is None or not message.string:
            yield f"{file.name}: not translated ({place}): {text}"
        elif message.fuzzy:
            yield f"{file.name}: fuzzy ({place}): {text}"
        elif fault := changed_placeholders(text, str(message.string)):
            yield f"{file.name}: {fault}: {text}"
    yield from (f"{file.name}: no longer there: {text}" for text in known.keys() - wanted.keys())


def main() -> int:
    """Bring catalogues up to date, or check them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("language", nargs="*", help="BCP 47 tags; all languages without any")
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args()
    folder = cards_dir() / "languages"
    files = [folder / f"{tag}.po" for tag in asked.language] or sorted(catalogue_files(cards_dir()))
    if asked.check:
        found = [fault for file in files for fault in faults(file)]
        print("\n".join(found or [f"Complete: {', '.join(file.name for file in files)}."]))
        return 1 if found else 0
    folder.mkdir(exist_ok=True)
    for file in files:
        file.write_text(written(file), encoding="utf-8")
        print(f"{file.name}: {sum(1 for _ in faults(file))} texts to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
