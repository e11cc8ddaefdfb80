"""Where the knowledge files are."""

from pathlib import Path


def cards_dir() -> Path:
    """The folder `cards/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "cards"
    return packaged if packaged.is_dir() else package.parent / "cards"
