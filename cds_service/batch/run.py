"""Paths in, rows out: the stages in their order."""

from collections.abc import Iterable, Iterator

from cds_service.batch.books import Books
from cds_service.batch.documents import Value, read_values
from cds_service.batch.files import SourceFile
from cds_service.batch.gathering import Gathering
from cds_service.knowledge import Knowledge


def gather(files: Iterable[SourceFile], knowledge: Knowledge, books: Books) -> Gathering:
    """Everything in the files, joined by patient."""
    gathering = Gathering(knowledge, books)
    for file in files:
        _take_in(file, gathering, books)
    gathering.join()
    return gathering


def _take_in(file: SourceFile, gathering: Gathering, books: Books) -> None:
    """One file. In a folder there may be others than FHIR data, as the log of an export."""
    found, foreign = 0, list[Value]()
    for value in read_values(file, books):
        if gathering.add(value):
            found += 1
        else:
            foreign.append(value)
    if foreign and not found and not file.named:
        books.notes.append(f"{file.label}: holds no FHIR data; left alone")
        return
    for value in foreign:
        books.fault(file.label, "neither FHIR data nor a hook request", value.line)
