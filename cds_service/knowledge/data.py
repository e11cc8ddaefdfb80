"""Data a rule can ask for, each with a bit of its own: what a rule needs and what a chart has are numbers.

Data are named by strings: `answer:side`, `lab:potassium`, `drug:atorvastatin`, `problem:dvt`, `onset`,
`pregnant`. A bit means the same as long as the process lives, whatever is loaded.
"""

from collections.abc import Iterable

ANYTHING = 1
"""What every chart has, and what is needed by whatever needs no datum."""
_bits: dict[str, int] = {}


def needed(data: Iterable[str] | None) -> int:
    """The bits of data of which one is needed; None for no need."""
    if data is None:
        return ANYTHING
    bits = 0
    for name in data:
        bits |= _bits.setdefault(name, ANYTHING << len(_bits) + 1)
    return bits


def present(data: Iterable[str]) -> int:
    """The bits of the data a chart has; data that no rule needs have none."""
    bits = ANYTHING
    for name in data:
        bits |= _bits.get(name, 0)
    return bits
