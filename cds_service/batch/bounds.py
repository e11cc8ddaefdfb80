"""What bounds the memory of a review, whatever the size of the input: all of it is set here.

A process needs about 55 MB before it holds anything; these are chosen so that little comes on top of it, and
so that doubling them would not make a review noticeably faster.
"""

CHUNK = 1 << 19
"""Bytes that are read at a time: what is made of them stays in the cache of a core."""
HEAD = 1 << 20
"""Bytes that are looked at to tell what a part is; a smaller one is held whole."""
LARGEST = 1 << 30
"""Bytes of one JSON value, which is held in memory where it cannot be read in pieces."""

LINES_OF_A_UNIT = 1 << 24
"""Bytes of a large file of lines in one unit; of everybody in them something is held until it is entered."""
FILES_OF_A_UNIT = 1 << 23
"""Bytes of small files in one unit."""

PIECE = 1 << 19
"""Bytes of a large Bundle that are looked at together; larger pieces are not read faster."""
BY_ITSELF = 1 << 18
"""Bytes of records that go to the disk at once, and come back one after the other."""
RECORDS_ON_THEIR_WAY = 1 << 22
"""Bytes of other records a process holds before it writes them."""

DATABASE_CACHE = 1 << 21
"""Bytes of the workspace in memory, and of what is sorted before it goes to disk."""

RECORDS_OF_A_PARTITION = 2_500
"""Records that are reviewed together, about 4 MB of them; fewer would be more slices to read."""
RECORDS_OF_A_ROW = 8
"""As how many records the row of a patient counts, which is held until its partition is done."""

MANY_RECORDS = 12_000
"""Records of one patient, 25 MB of them, from which on parts that are alike are kept once."""
ALIKE = 1 << 12
"""Parts, at most, that are remembered of each type of resource."""
