"""Where the knowledge files are."""

from pathlib import Path


def cards_dir() -> Path:
    """The folder `cards/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "cards"
    return packaged if packaged.is_dir() else package.parent / "cards"


def questionnaire_file(cards: Path | None = None) -> Path:
    """The FHIR Questionnaire on leg soreness."""
    return (cards or cards_dir()) / "questionnaire" / "questionnaire-morning-leg-soreness.json"
