"""On Spark the reviews are those of the embedded engine; each command has a process, and JVM, of its own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from cds_service import cli
from cds_service.fixtures import bulk_export
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, as_bytes, bundle, fillers, resources, write
from tests.support.executors import await_executor_at_work
from tests.support.spark_cluster import Cluster, spark_home, standalone_cluster

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is not installed (extra: spark)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
    pytest.mark.timeout(400),
]
COMMAND = [sys.executable, "-m", "cds_service", "review", "--as-of", TODAY.isoformat()]
SPARK = ["--engine", "spark"]
LOCAL = [*SPARK, "--master", "local[2]"]
ENVIRONMENT = {
    **os.environ,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
    "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # a JVM that lives for seconds
}
BOUND = 180  # seconds a command may take
TIMES = 12  # how often each patient is there
REAL_DATA = os.environ.get("LEG_CDS_REAL_DATA")
REAL_EXPORT = "bulk-smart-10"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with every synthetic patient many times, Bundles, broken lines and records of strangers.

    Where the public data sets are at hand, one of them is in it.
    """
    folder = tmp_path_factory.mktemp("export")
    if REAL_DATA:
        shutil.copytree(Path(REAL_DATA) / REAL_EXPORT, folder / REAL_EXPORT)
    exported = bulk_export(PATIENTS.values(), TODAY)
    lines = {
        name: [renamed(content, number) for number in range(TIMES)] for name, content in exported.items()
    }
    lines["Observation.ndjson"][3:3] = [b'{"resourceType":"Observation",\n', b"[]\n"]
    lines["Condition.ndjson"].append(
        b'{"resourceType":"Condition","id":"x","subject":{"reference":"Patient/nobody"}}\n'
    )
    for name, contents in lines.items():
        folder.joinpath(name).write_bytes(b"".join(contents))
    for patient in PATIENTS.values():
        write(folder, **{f"{patient.id}__json": patient.bundle(TODAY)})
    large = bundle(*resources(ON_STATIN), *fillers(ON_STATIN.id))
    write(folder, large__json=renamed(as_bytes(large), TIMES))
    write(folder, broken__json=b"{", request__json=PATIENTS["statin-three-weeks-old"].hook_request(TODAY))
    return folder


def renamed(content: bytes, number: int) -> bytes:
    for name in PATIENTS:
        content = content.replace(name.encode(), f"{name}-{number}".encode())
    return content


def start(*options: object) -> subprocess.Popen[bytes]:
    command = [*COMMAND, *map(str, options)]
    return subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process and everything it began are gone when the block ends."""
    try:
        with process:
            try:
                yield
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    finally:
        assert process.returncode is not None


def finish(*options: object) -> tuple[int, str]:
    process = start(*options)
    with ended(process):
        _, said = process.communicate(timeout=BOUND)
    return process.returncode, said.decode()


def told(said: str) -> list[str]:
    """What the command says of the data, without what Spark says of itself."""
    names = ("patients reviewed", "As of ", "records not", "line ", "resources", "more of these")
    return [line for line in said.splitlines() if any(name in line for name in names)]


@pytest.fixture(scope="module")
def embedded(export: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[str]]:
    """The reviews of the embedded engine, and what it said."""
    output = tmp_path_factory.mktemp("embedded") / "out.ndjson"
    code, said = finish(export, "--format", "ndjson", "-o", output)
    assert code == cli.UNREADABLE, said
    return output.read_bytes(), told(said)


def test_in_one_jvm_the_reviews_are_the_same_line_for_line(
    export: Path, embedded: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    code, said = finish(export, *LOCAL, "--format", "ndjson", "-o", output)
    assert code == cli.UNREADABLE, said
    assert output.read_bytes().splitlines() == embedded[0].splitlines()
    assert told(said) == embedded[1]
    assert [path.name for path in tmp_path.iterdir()] == ["out.ndjson"]


def test_spark_submit_gives_parquet_with_the_same_columns_and_numbers(export: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    script = tmp_path / "leg_cds.py"
    script.write_text("from cds_service.cli import main\n\nmain()\n")
    command = [str(spark_home() / "bin/spark-submit"), "--master", "local[2]", str(script), *COMMAND[3:]]
    command += [str(export), *SPARK, "-o", str(tmp_path / "spark.parquet")]
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, start_new_session=True)
    with ended(process):
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == cli.UNREADABLE, said.decode()
    finish(export, "--format", "parquet", "-o", tmp_path / "embedded.parquet")
    tables = [parquet.read_table(tmp_path / f"{name}.parquet") for name in ("spark", "embedded")]
    assert tables[0].num_rows
    assert tables[0].equals(tables[1], check_metadata=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with standalone_cluster(tmp_path_factory.mktemp("cluster"), ENVIRONMENT, workers=2) as begun:
        yield begun


def test_on_a_cluster_the_reviews_are_the_same_line_for_line(
    cluster: Cluster, export: Path, embedded: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    code, said = finish(export, *SPARK, "--master", cluster.address, "--format", "ndjson", "-o", output)
    assert code == cli.UNREADABLE, said
    assert output.read_bytes().splitlines() == embedded[0].splitlines()
    assert told(said) == embedded[1]
    used = {path.parent.parent.name for path in cluster.folder.glob("work*/app-*/*")}
    assert used == {"work0", "work1"}


def test_an_executor_that_is_killed_costs_no_patient_of_files_behind_addresses(
    cluster: Cluster, export: Path, embedded: tuple[bytes, list[str]], tmp_path: Path
) -> None:
    output = tmp_path / "out.ndjson"
    process = start(
        f"file://{export}", *SPARK, "--master", cluster.address, "--format", "ndjson", "-o", output
    )
    with ended(process):
        victim = await_executor_at_work(process)
        os.kill(victim, signal.SIGKILL)
        assert process.poll() is None
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == cli.UNREADABLE, said.decode()
    assert output.read_bytes().replace(b"file://", b"").splitlines() == embedded[0].splitlines()
    assert [line.replace("file://", "") for line in told(said.decode())] == embedded[1]
    assert any("exitStatus 137" in log.read_text() for log in cluster.folder.glob("worker*.log"))


def test_options_that_do_not_go_together_are_named(export: Path) -> None:
    for options, named in [
        (("--master", "local[2]"), "--master"),
        ((*LOCAL, "--jobs", "2"), "--jobs"),
    ]:
        code, said = finish(export, *options)
        assert code == cli.USAGE
        assert named in said
    code, said = finish("-", *LOCAL)
    assert code == cli.USAGE
    assert "stdin" in said
