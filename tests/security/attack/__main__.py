"""Run every attack against a service started for it; one line each, exit code 1 when one succeeds."""

import sys
import tempfile
from pathlib import Path
from time import monotonic

from tests.security.attack.catalogue import ATTACKS
from tests.security.attack.registry import titles
from tests.security.attack.stage import Stage, stage


def main() -> int:
    """Print what came of each attack."""
    begun = monotonic()
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as stood:
        failed = [number for number in sorted(ATTACKS) if not _repelled(number, stood)]
    done = f"{len(ATTACKS)} attacks in {monotonic() - begun:.0f} s"
    sys.stdout.write(
        f"{done}, {len(failed)} got through: {failed}\n" if failed else f"{done}, none got through\n"
    )
    return 1 if failed else 0


def _repelled(number: int, stood: Stage) -> bool:
    stood.came.clear()
    try:
        ATTACKS[number](stood)
    except (AssertionError, OSError, LookupError, ValueError) as error:
        said = f"FAIL: {str(error)[:300] or type(error).__name__}"
    else:
        said = "pass"
    came = ", ".join(f"{times} x {status or 'closed'}" for status, times in sorted(stood.came.items()))
    sys.stdout.write(f"{number:4} {titles().get(number, '')[:70]:70} {came:24} {said}\n")
    sys.stdout.flush()
    return said == "pass"


if __name__ == "__main__":
    sys.exit(main())
