"""Write docs/real-data.md: what the reader makes of public FHIR data that nobody here wrote.

`python -m tools.real_data_report FOLDER [DAY]`; FOLDER holds one sub-folder a data set. Takes a few
minutes, most of them for the validation that `leg-cds review` never does.
"""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from cds_service.batch.books import Books
from cds_service.batch.files import find_files
from cds_service.batch.intake import take_in
from cds_service.batch.inventory import Inventory
from cds_service.batch.progress import Unseen
from cds_service.batch.row import Row
from cds_service.batch.run import Options, review_population
from cds_service.batch.validation import complaints_about
from cds_service.batch.workfolder import work_folder
from cds_service.knowledge import Knowledge, load

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "real-data.md"
REFERENCE = ROOT / "tests" / "real_data" / "reference.tsv"
COUNTED = ("statin", "diuretic", "vitamin_d")

HEAD = """# Public FHIR data through the reader

FHIR R4 data sets that nobody on this project wrote, through `leg-cds check` and `leg-cds review` as of
{day}. The test in `tests/real_data` holds the counts below to a reference made by another reader, code by
code and whole word by whole word. Made by `python -m tools.real_data_report FOLDER`; the data sets are not
part of this project.

## What is read and recognised

Resources are counted as they occur. *Not used* are types no rule looks at. Invalid is what `fhir.resources`
says of a resource; most of these can be read all the same. Medication records are requests, statements,
dispenses and administrations of any status; *ours / reference* each.
"""

REVIEWS = """
## What the reviews say

Patients are joined over all files of a set; a hook request is reviewed by itself. The gate is why there is
no card. Every one of these patients gets the same from the live service, as the record is, and once more with
the answers of somebody with sore legs added to it: `tests/real_data/test_batch_equals_live.py`.
"""

FAULTS = """
## What was not used, and why

Each of these is named with its file by the commands, which then end with exit code 3. "A patient" stands
for a reference.
"""

LIMITS = """
## What this cannot show

- Hardly any public record holds a recent report of leg soreness, so the gates stay closed and almost no
  card comes. Whether the right cards come is shown by the vignettes and by the synthetic patients, not
  here. No gate was forced open for these counts.
- Most of these records are generated, old, or made to test software: their medicines and results are
  plausible one by one, and say little about how often a rule would fire in a clinic.
- 25-OH vitamin D occurs in one set only, and there all results of one patient have the status `unknown`,
  which earns no points.
- A patient is an id, or an address where there is no id. Two people of one id are two reviews.
- The reference counts medicines and one analyte. Doses, dates and units of real records are not held to a
  reference.
"""


class Findings(NamedTuple):
    """One data set: its counts, its reviews, its faults."""

    name: str
    totals: dict[str, Any]
    rows: list[Row]
    faults: list[str]


def read_reference() -> dict[str, dict[str, str]]:
    """The counts of the other reader, by data set."""
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {row["set"]: row for row in table}


def examine(folder: Path, now: datetime, knowledge: Knowledge) -> Findings:
    """A data set checked and reviewed."""
    books = Books()
    inventory = Inventory(knowledge, books, complaints_about)
    for file in find_files([str(folder)], books):
        take_in(file, inventory, books)
    books = Books()
    files = find_files([str(folder)], books)
    options = Options(as_of=now, started=now, rules=knowledge.version, jobs=1, debug=True)
    with (
        work_folder(None, resume=False) as work,
        review_population(files, knowledge, books, options, Unseen(), work) as population,
    ):
        rows = list(population.rows())
        faults = [fault.error for fault in sorted(population.faults())]
    skipped = [skipped["reason"] for row in rows for skipped in row.skipped]
    return Findings(folder.name, inventory.totals(), rows, [*faults, *skipped])


def count_line(found: Findings, reference: dict[str, str] | None) -> str:
    """A line of the first table."""
    totals, resources = found.totals, found.totals["resources"]
    medications, results = totals["medications"], totals["results"]
    ours = {**medications, "vitamin_d": results["25-OH vitamin D"]}
    compared = (f"{ours[name]} / {reference[name]}" if reference else f"{ours[name]}" for name in COUNTED)
    read, not_used, skipped = (sum(resources[name].values()) for name in ("read", "not_used", "skipped"))
    how = (medications[name] for name in ("records", "by_code", "by_name"))
    return table_line(
        found.name, totals["patients"], read, not_used, skipped, totals["invalid"], *how, *compared
    )


def review_line(found: Findings) -> str:
    """A line of the second table."""
    cards = Counter(card.id for row in found.rows for card in row.cards)
    gates = Counter(row.closed_by for row in found.rows if row.closed_by)
    return table_line(found.name, len(found.rows), told(cards) or "none", told(gates))


def fault_lines(found: Findings) -> Iterator[str]:
    """The reasons of a data set, each with how often it occurs."""
    for reason, count in Counter(map(anonymous, found.faults)).most_common():
        yield f"- {found.name}: {count} x {reason}"


def anonymous(reason: str) -> str:
    """A reason without the numbers and references that differ from one occurrence to the next."""
    reason = re.sub(r"^\d+ resources(?: here and in \d+ more files)?", "resources", reason)
    reason = re.sub(r"of .*: (?=this Patient|two different)", "of a patient: ", reason)
    return re.sub(r"entry \d+", "an entry", reason)


def told(counter: Counter[str]) -> str:
    """Counts in words, the most frequent first."""
    return "; ".join(f"{what} {count}" for what, count in counter.most_common())


def table_line(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def beyond(row: dict[str, str]) -> str:
    """Why more is recognised in a set than the reference counts."""
    return (
        f"\nIn {row['set']}, {row['unread']} diuretic more than in the reference: it stands behind a\n"
        "command line, in a file that the reference could not parse (spironolactone 100 mg, coded in RxNorm)."
    )


def compose(found: list[Findings], day: str) -> str:
    """The report."""
    reference = read_reference()
    counted = table_line(
        "set", "patients", "read", "not used", "skipped", "invalid", "medication records",
        "by code", "by name", "statin", "diuretic", "25-OH vitamin D",
    )  # fmt: skip
    reviews = table_line("set", "reviews", "cards", "gate")
    lines = [HEAD.format(day=day), counted, "|---" * 12 + "|"]
    lines += [count_line(one, reference.get(one.name)) for one in found]
    lines += [beyond(row) for row in reference.values() if row["unread"] != "0"]
    lines += [REVIEWS, reviews, "|---" * 4 + "|", *map(review_line, found)]
    lines += [FAULTS, *(line for one in found for line in fault_lines(one)), LIMITS.rstrip()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Examine every data set and write the report."""
    folder, *rest = sys.argv[1:] or sys.exit(__doc__)
    day = datetime.strptime(rest[0], "%Y-%m-%d").date() if rest else datetime.now(UTC).date()  # noqa: DTZ007
    knowledge, now = load(), datetime.combine(day, time.max, UTC)
    found = []
    for one in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        print(one.name, flush=True)
        found.append(examine(one, now, knowledge))
    REPORT.write_text(compose(found, day.isoformat()), encoding="utf-8")


if __name__ == "__main__":
    main()
