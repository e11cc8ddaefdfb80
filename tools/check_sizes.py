"""Print how long files and functions are, and fail where they outgrow the house rules.

Lines are counted as they stand, docstrings included; a nested function counts for itself too.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("cds_service", "tools", "bench", "tests")
LONGEST_FILE = 250
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 10  # the median must be below this


class Function(NamedTuple):
    """A function by its place in the tree, and its length in lines."""

    place: str
    lines: int


def measure_functions(source: str, path: str) -> Iterator[Function]:
    """Every function and method of a Python source text."""
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield Function(f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)


def check_folder(folder: Path) -> list[str]:
    """What is too long in one folder; prints the folder's figures."""
    sources = {
        str(path.relative_to(folder.parent)): path.read_text() for path in sorted(folder.rglob("*.py"))
    }
    lengths = {path: len(text.splitlines()) for path, text in sources.items()}
    functions = [function for path, text in sources.items() for function in measure_functions(text, path)]
    if not functions:
        return [f"{folder.name}: no function found"]
    spans = sorted(function.lines for function in functions)
    median = statistics.median(spans)
    print(
        f"{folder.name}: {len(lengths)} files, median {statistics.median(lengths.values()):g} lines, "
        f"longest {max(lengths.values())}; {len(spans)} functions, median {median:g} lines, "
        f"p90 {spans[len(spans) * 9 // 10]}, longest {spans[-1]}"
    )
    return [*_too_long(lengths, functions), *_median_too_long(folder.name, median)]


def _too_long(lengths: dict[str, int], functions: list[Function]) -> Iterator[str]:
    for path, lines in lengths.items():
        if lines > LONGEST_FILE:
            yield f"{path}: {lines} lines; split it, {LONGEST_FILE} is the limit"
    for place, lines in functions:
        if lines > LONGEST_FUNCTION:
            yield f"{place}: {lines} lines; split it, {LONGEST_FUNCTION} is the limit"


def _median_too_long(name: str, median: float) -> Iterator[str]:
    if median >= MEDIAN_FUNCTION:
        yield f"{name}: the median function has {median:g} lines; it must stay under {MEDIAN_FUNCTION}"


def main() -> int:
    """Check every folder; 1 when something is too long."""
    mistakes = [mistake for name in FOLDERS for mistake in check_folder(ROOT / name)]
    print("\n".join(mistakes), file=sys.stderr, end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
