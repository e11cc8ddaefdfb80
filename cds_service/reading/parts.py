"""Parts of one analyte measured in one specimen, as the D2 and D3 parts of 25-OH vitamin D."""

import msgspec

from cds_service.chart import Result
from cds_service.knowledge.labs import Labs, Sum
from cds_service.measure import Measure


def join_parts(results: list[Result], labs: Labs) -> tuple[Result, ...]:
    """The results, with the parts of one time added up, or left out beside a total of that time."""
    for name in {result.analyte for result in results if result.fraction}:
        rule = labs.analytes[name].sum
        if rule is not None:
            results = _join(results, name, rule)
    return tuple(_alone(result, labs) if result.fraction else result for result in results)


def _join(results: list[Result], name: str, rule: Sum) -> list[Result]:
    joined: list[Result] = []
    for result in results:
        if result.analyte != name or result.unusable or result.fraction not in rule.of:
            joined.append(result)
            continue
        same = [other for other in results if _same_time(result, other) and not other.unusable]
        if any(other.fraction == rule.gives for other in same):
            continue
        parts = {other.fraction: other for other in reversed(same)}
        if len(parts) < len(rule.of):
            joined.append(result)
        elif parts[rule.of[-1]] is result:
            joined.append(_added([parts[part] for part in rule.of], rule))
    return joined


def _same_time(one: Result, other: Result) -> bool:
    return one.analyte == other.analyte and one.taken == other.taken


def _added(parts: list[Result], rule: Sum) -> Result:
    values = [part.value for part in parts if part.value is not None]
    total = Measure(
        low=sum(max(value.low, 0.0) for value in values),
        high=sum(value.high for value in values),
        open_low=any(value.open_low for value in values),
        open_high=any(value.open_high for value in values),
    )
    return msgspec.structs.replace(
        parts[-1],
        label=rule.label,
        shown=" + ".join(part.shown for part in parts),
        value=total,
        fraction=rule.gives,
        remark=", ".join(sorted({part.remark for part in parts} - {""})),
    )


def _alone(result: Result, labs: Labs) -> Result:
    why_not = labs.unusable_alone.get((result.analyte, result.fraction))
    if why_not is None or result.unusable:
        return result
    return msgspec.structs.replace(result, unusable=why_not)
