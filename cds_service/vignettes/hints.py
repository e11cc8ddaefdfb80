"""Which vignette is missing when a moved number goes unnoticed."""

from cds_service.vignettes.numbers import Number

_HOLDS, _HOLDS_NOT = "holds", "does not hold"
_EDGES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    # key: (value to try when the number moved up, what is true there), the same for down
    "within": (("moved", _HOLDS_NOT), ("written", _HOLDS)),
    "newer_than": (("moved", _HOLDS_NOT), ("written", _HOLDS)),
    "at_most": (("moved", _HOLDS_NOT), ("written", _HOLDS)),
    "more_than": (("moved", _HOLDS), ("written", _HOLDS_NOT)),
    "above": (("moved", _HOLDS), ("written", _HOLDS_NOT)),
    "at_least": (("written", _HOLDS), ("moved", _HOLDS_NOT)),
    "by": (("written", _HOLDS), ("moved", _HOLDS_NOT)),
    "or_times": (("written", _HOLDS), ("moved", _HOLDS_NOT)),
    "below": (("written", _HOLDS_NOT), ("moved", _HOLDS)),
}


def hint(number: Number, direction: int) -> str:
    """What case to add, in words."""
    if number.kind == "add":
        return "add a case where this entry counts, with its 'points'"
    if number.kind == "needs_points":
        count = int(number.whole) if direction > 0 else int(number.whole) - 1
        effect = "it counts" if direction > 0 else "it does not count"
        return f"add a case with exactly {count} points before this entry, where {effect}"
    if number.kind == "of":
        return f"add a case with exactly {_true_at_edge(number, direction)} of them true"
    if number.kind not in _EDGES:
        return f"add cases at {number.whole} and at {number.moved(direction)}, on the edge"
    where, what = _EDGES[number.kind][0 if direction > 0 else 1]
    value = number.whole if where == "written" else number.moved(direction)
    return f"add a case at exactly {value}, where it {what}"


def _true_at_edge(number: Number, direction: int) -> int:
    count = int(str(number.whole)[number.start : number.end])
    return count if direction > 0 else count - 1
