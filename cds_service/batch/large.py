"""A large Bundle of one patient, who is to be read in full, brought piece by piece."""

from collections.abc import Iterator

from msgspec import Struct

from cds_service.batch.books import Books
from cds_service.batch.careful import Document, take_document
from cds_service.batch.documents import Value, document
from cds_service.batch.errand import Source
from cds_service.batch.files import SourceFile
from cds_service.batch.pieces import NotInPiecesError, bundles_in
from cds_service.batch.shares import Share, ShareWriter
from cds_service.batch.survey import place_of
from cds_service.reading.glance_owners import Person


class _Seen(Struct):
    """Who was met in the pieces so far."""

    persons: list[Person] = []
    subjects: set[str] = set()

    def add(self, taken: Document) -> None:
        """Take in those of one more piece."""
        self.persons += taken.persons
        self.subjects.update(taken.subjects)

    def are_one(self, names: set[str]) -> bool:
        """Whether they are one Patient, called by one of the names, and nobody else."""
        return (
            len(self.persons) == 1
            and self.persons[0].name in names
            and self.persons[0].keys.issuperset(self.subjects)
        )


def bring_large(file: SourceFile, source: Source, writer: ShareWriter) -> bool:
    """Write a large Bundle of one wanted patient piece by piece.

    False, with nothing brought, where it is something else or not all of it is as it should be, so that it
    has to be taken apart as a whole. Raises `OSError`.
    """
    numbers = set(source.owners.values())
    only_one = len(numbers) == 1 and numbers == source.wanted
    if not only_one or source.places != {place_of(0, 0)} or source.requests or source.lines:
        return False
    (number,) = numbers
    seen, mark, done = _Seen(), writer.mark(), False
    try:
        for piece, taken in _sound_pieces(file):
            seen.add(taken)
            writer.add(Share(number, file.label, len(taken.holdings), piece))
        done = seen.are_one(set(source.owners))
    except NotInPiecesError:
        return False
    finally:
        if not done:
            writer.go_back(mark)
    return done


def _sound_pieces(file: SourceFile) -> Iterator[tuple[bytes, Document]]:
    """Pieces in which nothing is missing or to be told. Raises `NotInPiecesError` for others."""
    for piece in bundles_in(file):
        books = Books()
        for value in document(file.label, 0, piece, books):
            yield piece, _taken(value, books)
        if books.faults:
            raise NotInPiecesError


def _taken(value: Value, books: Books) -> Document:
    taken = take_document(value, books)
    if isinstance(taken, str) or taken.has_gaps or not taken.complete or books.faults:
        raise NotInPiecesError
    return taken
