"""Files into what takes in their values, one after the other."""

from typing import Protocol

from cds_service.batch.books import Books
from cds_service.batch.documents import Value, read_values
from cds_service.batch.files import SourceFile
from cds_service.batch.parts import Part, parts_of
from cds_service.reading.bundles import type_of


class Taker(Protocol):
    """What takes in the values of files."""

    def add(self, value: Value) -> str:
        """Take a value in; says why when it could not, else ""."""
        ...


def take_in(file: SourceFile, taker: Taker, books: Books) -> None:
    """One file with all its parts."""
    for part in parts_of(file, books):
        _take_part(part, taker, books)


def _take_part(part: Part, taker: Taker, books: Books) -> None:
    """A folder may hold other files than FHIR data, as the log of an export."""
    found, foreign = False, list[int]()
    for value in read_values(part, books):
        why = taker.add(value)
        if why and not type_of(value.raw):
            foreign.append(value.line)
            continue
        found = True
        if why:
            books.fault(part.label, why, value.line)
    if foreign and not (found or part.named):
        books.notes.append(f"{part.label}: holds no FHIR data; left alone")
        return
    for line in foreign:
        books.fault(part.label, "neither FHIR data nor a CDS Hooks request", line)
