"""The EHR's FHIR server: every way of not answering well."""

from functools import partial

from tests.fhir.ehr import OPTIONAL, TOKEN, keys
from tests.security.attack.registry import attack
from tests.security.attack.stage import BUDGET, MARGIN, Stage

FAULTS: dict[int, tuple[str, ...]] = {
    115: ("status-401",),
    116: ("status-403",),
    117: ("status-404",),
    118: ("status-410",),
    119: ("status-429",),
    120: ("status-500",),
    121: ("status-503",),
    122: ("login-page", "login-page-as-json"),
    123: ("no-json",),
    124: ("cut-off", "cut-chunks", "wrong-length"),
    125: ("outcome",),
    126: ("other-type", "one-resource"),
    127: ("null",),
    128: ("array",),
    129: ("empty",),
    130: ("depth-bomb",),
    131: ("hang",),
    132: ("drip-head",),
    133: ("drip-body", "drip-chunks"),
    134: ("reset",),
    135: ("huge",),
    136: ("gzip-bomb",),
}


def told(faults: tuple[str, ...], stage: Stage) -> None:
    """The answer is in time, says what is missing, and tells nobody the token."""
    for fault in faults:
        some = stage.with_fhir(f"{fault}/all-rest", OPTIONAL)
        assert some.status in {200, 412}
        assert some.status == 412 or "laboratory results: not supplied" in some.text
        none = stage.with_fhir(f"{fault}/all-again", keys())
        assert none.status == 412
        for answer in (some, none):
            assert answer.seconds < BUDGET + MARGIN
            assert TOKEN not in answer.text
    assert stage.astray() == 0


for _number, _faults in FAULTS.items():
    attack(_number)(partial(told, _faults))
