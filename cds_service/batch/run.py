"""Paths in, rows out: the stages in their order."""

from collections.abc import Iterable
from typing import Protocol

from cds_service.batch.books import Books
from cds_service.batch.documents import Value, read_values
from cds_service.batch.files import SourceFile
from cds_service.batch.gathering import Gathering
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import type_of


class Taker(Protocol):
    """What takes in the values of files."""

    def add(self, value: Value) -> str:
        """Take a value in; says why when it could not, else ""."""
        ...


def gather(files: Iterable[SourceFile], knowledge: Knowledge, books: Books) -> Gathering:
    """Everything in the files, joined by patient."""
    gathering = Gathering(knowledge, books)
    for file in files:
        take_in(file, gathering, books)
    gathering.join()
    if not (gathering.shares or gathering.requests or books.faults):
        books.fault("", "no patient was found in what was given")
    return gathering


def take_in(file: SourceFile, taker: Taker, books: Books) -> None:
    """One file. A folder may hold other files than FHIR data, as the log of an export."""
    found, foreign = False, list[int]()
    for value in read_values(file, books):
        why = taker.add(value)
        if why and not type_of(value.raw):
            foreign.append(value.line)
            continue
        found = True
        if why:
            books.fault(file.label, why, value.line)
    if foreign and not (found or file.named):
        books.notes.append(f"{file.label}: holds no FHIR data; left alone")
        return
    for line in foreign:
        books.fault(file.label, "neither FHIR data nor a CDS Hooks request", line)
