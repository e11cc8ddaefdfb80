"""What to bring from a unit that was surveyed before: the records of patients that are read in full."""

from msgspec import Struct

from cds_service.batch.books import Fault
from cds_service.batch.shares import Slice


class Source(Struct):
    """What is wanted of one source of the unit; everything else is passed over.

    `owners` says which patient a subject, or the name of a Patient, means. Records of the `wanted` come
    from the documents at `places` and, with `lines`, from lines; what is wrong with the documents in
    `told` was told before. The values at `requests` are reviewed.
    """

    owners: dict[str, int] = {}
    wanted: set[int] = set()
    places: set[int] = set()
    told: set[int] = set()
    requests: set[int] = set()
    lines: bool = False


class Errand(Struct, frozen=True):
    """The sources wanted, by their index in the unit.

    `only` is the one patient there is, who gets what names nobody. Shares go to `file`, each into one of
    so many `partitions`.
    """

    sources: dict[int, Source]
    only: int | None
    file: str
    partitions: int


class Shelved(Struct, frozen=True, array_like=True):
    """A Medication of nobody in particular, by one of its references."""

    reference: str
    source: str
    full_url: str
    raw: bytes


class Answered(Struct, frozen=True, array_like=True):
    """The review of a hook request; `digest` orders the requests of one source."""

    source: str
    digest: str
    row: bytes


class Brought(Struct, array_like=True):
    """What came of an errand. `loose` counts records that are nobody's, by source."""

    slices: list[Slice] = []
    shelved: list[Shelved] = []
    answered: list[Answered] = []
    loose: dict[str, int] = {}
    faults: list[Fault] = []
    bugs: int = 0
