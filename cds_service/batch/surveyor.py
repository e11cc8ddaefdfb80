"""Units of the input -> surveys: a first look at everything, a careful one where that is not enough."""

from collections.abc import Callable, Iterable

from cds_service.batch.bounds import HEAD
from cds_service.batch.careful import take_document
from cds_service.batch.documents import Value, document, is_json, numbered, values_of
from cds_service.batch.entries import Entries
from cds_service.batch.files import SourceFile, has_lines
from cds_service.batch.manifests import time_of_export
from cds_service.batch.numbering import Numbering
from cds_service.batch.parts import (
    BOM,
    Part,
    TooLargeError,
    blocks,
    has_value_a_line,
    lines_of,
    read_plain,
    take_head,
    whole,
)
from cds_service.batch.pieces import NotInPiecesError, bundles_in, is_large, joined
from cds_service.batch.requests import read_request
from cds_service.batch.streams import Chunks, StreamError
from cds_service.batch.survey import Survey, place_of
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import type_of
from cds_service.reading.glance import Glancer
from cds_service.reading.glance_owners import Glance
from cds_service.reading.stamps import time_of


class Surveyor:
    """Looks at the parts of one unit; `finish` gives the survey. One surveyor a unit."""

    def __init__(self, glancer: Glancer, knowledge: Knowledge) -> None:
        self._glancer = glancer
        self._knowledge = knowledge
        self._entries = Entries()

    def see(self, part: Part) -> None:
        """Look at a part, whatever its form."""
        self._look(part.label, lambda: self._part(part), named=part.named)

    def see_file(self, file: SourceFile) -> None:
        """Look at a plain file, which is read at once."""
        self._look(file.label, lambda: self._file(file), named=file.named)

    def see_lines(self, label: str, lines: Callable[[], Chunks], *, named: bool) -> None:
        """Look at some lines of a large file; they are numbered as if they were all."""
        self._look(label, lambda: self._lines(label, lines(), Numbering(lines)), named=named)

    def finish(self) -> Survey:
        """Everything seen."""
        return self._entries.finish()

    def _look(self, label: str, look: Callable[[], None], *, named: bool) -> None:
        self._entries.begin(label, named=named)
        try:
            look()
        except (StreamError, TooLargeError) as error:
            self._entries.books.fault(label, str(error))
        except OSError as error:
            self._entries.books.fault(label, f"cannot be read: {error.strerror}")
        self._entries.end()

    def _part(self, part: Part) -> None:
        head, chunks = take_head(part.chunks)
        if len(head) >= HEAD and has_value_a_line(head, is_json, promised=part.lines):
            self._lines(part.label, chunks, Numbering(None))
        else:
            self._text(part.label, whole(chunks), lambda: part.lines)

    def _file(self, file: SourceFile) -> None:
        if is_large(file) and (glance := self._in_pieces(file)) is not None:
            self._entries.bundle(glance, place_of(0, 0))
            return
        self._text(file.label, read_plain(file), lambda: has_lines(file.name))

    def _in_pieces(self, file: SourceFile) -> Glance | None:
        """A first look at a large Bundle; None where that is not enough."""
        try:
            return joined(map(self._glancer.bundle, bundles_in(file)))
        except NotInPiecesError:
            return None

    def _text(self, label: str, content: bytes, lines: Callable[[], bool]) -> None:
        """A text; `lines` tells whether it promises one value a line."""
        content = content.removeprefix(BOM)
        if self._glance(content, place_of(0, 0)):
            return
        if content and not content.isspace() and self._glancer.lines(content, self._entries.lines):
            self._entries.stand()
            return
        self._values(values_of(label, content, self._entries.books, lines=lines()))

    def _lines(self, label: str, chunks: Chunks, numbering: Numbering) -> None:
        for block in blocks(chunks):
            if self._glancer.lines(block, self._entries.lines):
                self._entries.stand()
                numbering.skip(block)
                continue
            for number, line in enumerate(lines_of(block), numbering.before(block) + 1):
                if line.strip():
                    self._values(document(label, number, line, self._entries.books))

    def _glance(self, content: bytes, place: int) -> bool:
        """A first look at one value; False where that is not enough."""
        glance = self._glancer.bundle(content)
        if glance is not None:
            self._entries.bundle(glance, place)
        elif self._glancer.resource(content, self._entries.lines):
            self._entries.stand()
        else:
            return False
        return True

    def _values(self, values: Iterable[Value]) -> None:
        for place, value in numbered(values):
            if not self._glance(bytes(value.raw), place):
                self._with_care(value, place)

    def _with_care(self, value: Value, place: int) -> None:
        """A hook request, a value taken apart entry by entry, or what is no FHIR data."""
        if read_request(value.raw, self._knowledge) is not None:
            self._entries.request(place)
            return
        taken = take_document(value, self._entries.books)
        if not isinstance(taken, str):
            self._entries.document(taken, place, "" if taken.is_resource else time_of(value.raw))
        elif type_of(value.raw):
            self._entries.fault(value.source, taken, value.line)
        else:
            self._entries.foreign(value.line, time_of_export(value.raw))
