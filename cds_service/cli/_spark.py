"""The part of `leg-cds review` that runs on a Spark cluster."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from cds_service import cli
from cds_service.cli._files import find_files
from cds_service.settings import read_settings

if TYPE_CHECKING:
    from pyspark import SparkContext

    from cds_service.batch.books import Books
    from cds_service.batch.crew import Hire
    from cds_service.batch.files import SourceFile
    from cds_service.knowledge import Knowledge

ENGINES = ("embedded", "spark")
_SPARK = "spark"
_MISSING = "--engine spark needs PySpark: pip install 'leg-soreness-cds[spark]'"
_NO_JAVA = "--engine spark needs Java 17 or newer: install it, or set JAVA_HOME"
_OPTIONS = {
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def check_engine(engine: str, master: str | None, jobs: int | None) -> bool:
    """Whether Spark is asked for; wrong usage when the options do not go together."""
    if engine != _SPARK:
        if master is not None:
            raise click.UsageError("--master is for --engine spark")
        return False
    if jobs is not None:
        raise click.UsageError("--jobs is for one machine; with --engine spark the cluster says how many")
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise click.UsageError(_MISSING) from error
    home = os.environ.get("JAVA_HOME")
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        raise click.UsageError(_NO_JAVA)
    return True


def find_anywhere(paths: tuple[str, ...], books: "Books") -> "list[SourceFile]":
    """Files as executors find them: by address, or by their whole path on a disk all machines see."""
    from cds_service.batch.files import STDIN, PathError
    from cds_service.batch.remote import find_remote, is_address

    if STDIN in paths:
        raise click.UsageError("--engine spark cannot read stdin; give it a path all machines see")
    local = find_files([path for path in paths if not is_address(path)], books)
    try:
        remote = find_remote([path for path in paths if is_address(path)], books)
    except PathError as error:
        raise click.UsageError(str(error)) from error
    files = [msgspec.structs.replace(file, path=str(Path(file.path).absolute())) for file in local]
    return sorted([*files, *remote], key=lambda file: file.label)


@contextmanager
def hire(knowledge: "Knowledge", master: str | None, *, spark: bool, debug: bool) -> "Iterator[Hire | None]":
    """Who hires the crew of a run: with `spark` a session that ends with the block, else nobody.

    A stage that fails as a whole ends the command, with the reason in a line.
    """
    if not spark:
        yield None
        return
    from cds_service.batch.spark import SparkCrew, SparkError
    from cds_service.batch.spark_tasks import Setup

    setup = Setup.of(read_settings(os.environ).knowledge.overlays, knowledge, debug=debug)
    context = _start(master)
    try:
        yield lambda database: SparkCrew(context, setup, database)
    except SparkError as error:
        _say(f"Spark: {error}; the log of the cluster says more")
    finally:
        context.stop()


def _start(master: str | None) -> "SparkContext":
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setAppName("leg-cds review")
    for name, value in _OPTIONS.items():
        conf.setIfMissing(name, value)
    if master is not None:
        conf.setMaster(master)
    else:
        conf.setIfMissing("spark.master", "local[*]")
    try:
        return SparkContext(conf=conf)
    except (PySparkException, Py4JError) as error:
        _say(f"Spark did not start: {str(error).splitlines()[0]}")


def _say(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(cli.BUG)
