"""Write the reference pages that are made from the program: docs/reference/generated/.

The commands come from Click, the settings from the pydantic models, the addresses from openapi.yaml.
`python -m tools.make_reference` writes them, `--check` says whether they are as they would be written.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tools.reference import addresses, cli, configuration

FOLDER = Path(__file__).resolve().parent.parent / "docs/reference/generated"
REMAKE = "python -m tools.make_reference"
PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli.page,
    "http.md": addresses.page,
    "settings.md": configuration.page,
}


def outdated() -> list[str]:
    """The pages that are not what the program says now."""
    return [name for name, page in PAGES.items() if _written(name) != page()]


def _written(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


def main() -> int:
    """Write the pages, or with --check exit 1 if one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    if not parser.parse_args().check:
        write()
    for name in outdated():
        print(f"docs/reference/generated/{name} is out of date; run {REMAKE}")
    return 1 if outdated() else 0


if __name__ == "__main__":
    sys.exit(main())
