"""One method over some files, in a process of its own: `python -m bench.population.methods NAME FILES`.

NAME is one of `METHODS`; FILES holds a path a line. For every line of stdin the method is run once, and a
line is printed: CPU and wall seconds, and peak memory so far. Baselines have the bytes in memory before,
and parse them only; ours reads the files and writes its report.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.population.memory import peak_of

_SAMPLE = 25  # every so manieth document or line is validated; all would take minutes
_FEW = 250  # documents of which all are validated

Run = Callable[[], object]


class Method(NamedTuple):
    """What to run, and the share of the bytes that it takes."""

    run: Run
    share: float = 1.0


def main() -> None:
    """Run when asked, and print what it took."""
    name, listed = sys.argv[1:]
    method = METHODS[name]([Path(line) for line in Path(listed).read_text(encoding="utf-8").splitlines()])
    for _ in sys.stdin:
        gc.collect()
        before, start = _cpu_seconds(), time.perf_counter()
        method.run()
        cpu, wall = _cpu_seconds() - before, time.perf_counter() - start
        took = {"cpu": cpu / method.share, "wall": wall / method.share, "peak": peak_of("self")}
        print(json.dumps(took), flush=True)


def _cpu_seconds() -> float:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _values(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        content = path.read_bytes()
        yield from content.splitlines() if path.suffix == ".ndjson" else [content]


def ours(paths: list[Path]) -> Method:
    """The review of all patients in one process, from the files to NDJSON."""
    from cds_service import memory
    from cds_service.batch.books import Books
    from cds_service.batch.files import find_files
    from cds_service.batch.progress import Unseen
    from cds_service.batch.run import Options, review_population
    from cds_service.batch.sinks import Header, open_sink
    from cds_service.batch.workfolder import work_folder
    from cds_service.knowledge import load

    knowledge = load()
    memory.settle()  # as `leg-cds review` does
    names = [str(path) for path in paths]

    def run() -> None:
        books, now = Books(), datetime.now(UTC)
        options = Options(as_of=now, started=now, rules=knowledge.version, jobs=1, debug=True)
        files = find_files(names, books)
        with (
            work_folder(None, resume=False) as folder,
            review_population(files, knowledge, books, options, Unseen(), folder) as population,
        ):
            header = Header(knowledge=knowledge, as_of=population.as_of, chosen=population.chosen)
            with open_sink("ndjson", folder.path / "out.ndjson", header, folder.path) as sink:
                for row in population.rows():
                    sink.write(row)

    return Method(run)


def json_loads(paths: list[Path]) -> Method:
    """`json.loads`, nothing else."""
    values = list(_values(paths))
    return Method(lambda: _each(json.loads, values))


def orjson_loads(paths: list[Path]) -> Method:
    """`orjson.loads`, nothing else."""
    import orjson

    values = list(_values(paths))
    return Method(lambda: _each(orjson.loads, values))


def fhir_resources(paths: list[Path]) -> Method:
    """Every value through its `fhir.resources` R4B model; a sample of them, taken for all."""
    from fhir.resources.R4B import get_fhir_model_class

    values = list(_values(paths))
    sample = values[::_SAMPLE] if len(values) > _FEW else values

    def parse(value: bytes) -> None:
        found = json.loads(value)
        try:
            get_fhir_model_class(found["resourceType"]).model_validate(found)
        except ValueError:  # real data are not all valid; the attempt took its time
            return

    return Method(lambda: _each(parse, sample), sum(map(len, sample)) / sum(map(len, values)))


def duckdb_extract(paths: list[Path]) -> Method:
    """DuckDB extracting the members that ours looks at, with one thread."""
    import duckdb

    by_type: dict[str, list[str]] = {}
    for path in paths:
        by_type.setdefault(path.name.split(".")[0], []).append(str(path))

    def run() -> None:
        with duckdb.connect(config={"threads": 1}) as database:
            for kind, files in by_type.items():
                columns = _COLUMNS.get(kind, _OTHERS)
                shown = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
                source = f"read_ndjson({files}, columns = {{{shown}}})"
                database.execute(f"CREATE OR REPLACE TEMP TABLE seen AS SELECT * FROM {source}")  # noqa: S608

    return Method(run)


_REFERENCE = "STRUCT(reference VARCHAR)"
_CONCEPT = "STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])"
_OTHERS = {"resourceType": "VARCHAR"}
_SUBJECT = {"resourceType": "VARCHAR", "id": "VARCHAR", "subject": _REFERENCE}
_COLUMNS = {
    "Patient": {
        "resourceType": "VARCHAR", "id": "VARCHAR", "birthDate": "VARCHAR", "gender": "VARCHAR",
        "deceasedBoolean": "BOOLEAN", "deceasedDateTime": "VARCHAR",
    },
    "Observation": {**_SUBJECT, "code": _CONCEPT, "component": f"STRUCT(code {_CONCEPT})[]"},
    "Condition": {
        **_SUBJECT, "code": _CONCEPT, "clinicalStatus": _CONCEPT, "verificationStatus": _CONCEPT,
        "recordedDate": "VARCHAR", "onsetDateTime": "VARCHAR", "abatementDateTime": "VARCHAR",
    },
    "Encounter": {
        **_SUBJECT, "status": "VARCHAR", "period": "STRUCT(start VARCHAR)", "reasonCode": f"{_CONCEPT}[]",
    },
    **dict.fromkeys(("MedicationRequest", "MedicationStatement"), _SUBJECT),
    **dict.fromkeys(("MedicationDispense", "MedicationAdministration"), _SUBJECT),
}  # fmt: skip


def _each(parse: Callable[[bytes], object], values: list[bytes]) -> None:
    for value in values:
        parse(value)


METHODS = {
    method.__name__: method for method in (ours, json_loads, orjson_loads, fhir_resources, duckdb_extract)
}

if __name__ == "__main__":
    main()
