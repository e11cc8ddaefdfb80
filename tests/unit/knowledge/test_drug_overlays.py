"""An operator's own codes and names, and what is said about mistakes in them."""

from pathlib import Path

import pytest

from cds_service.knowledge.drugs import load_drugs
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.yaml_source import KnowledgeError

NDC = "http://hl7.org/fhir/sid/ndc"
DMD = "https://dmd.nhs.uk"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
OVERLAY = f"""# synthetic codes
{NDC}\t00000-0000-01\tatorvastatin\t40
{NDC}\t00000-0000-02\tamlodipine | atorvastatin\t5|20
{NDC}\t00000-0000-03\tketoconazole\t\tl
{NDC}\t00000-0000-04\t-
{DMD}\t99*\tfurosemide
{RXNORM}\t99999999\trosuvastatin\t10
name\tInventastat\tatorvastatin
"""


def overlay(folder: Path, text: str) -> Path:
    path = folder / "own.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_codes_of_other_systems_and_new_rxnorm_codes(tmp_path: Path) -> None:
    drugs = load_drugs(cards_dir(), [overlay(tmp_path, OVERLAY)])
    tablet = drugs.by_code(NDC, "00000-0000-01")
    both = drugs.by_code(NDC, "00000-0000-02")
    shampoo = drugs.by_code(NDC, "00000-0000-03")
    other = drugs.by_code(NDC, "00000-0000-04")
    prefix = drugs.by_code(DMD, "9912345")
    new = drugs.by_code(RXNORM, "99999999")
    assert tablet is not None
    assert tablet.strengths == {"atorvastatin": 40}
    assert both is not None
    assert both.strengths == {"amlodipine": 5, "atorvastatin": 20}
    assert shampoo is not None
    assert not shampoo.systemic
    assert other is not None
    assert other.ingredients == ()
    assert prefix is not None
    assert prefix.ingredients == ("furosemide",)
    assert new is not None
    assert new.ingredients == ("rosuvastatin",)
    assert drugs.by_code(RXNORM, "617311") is not None


def test_names(tmp_path: Path) -> None:
    drugs = load_drugs(cards_dir(), [overlay(tmp_path, OVERLAY)])
    named = drugs.by_name("INVENTASTAT 40 mg")
    assert named is not None
    assert named.strengths == {"atorvastatin": 40}
    assert load_drugs(cards_dir()).by_name("Inventastat 40 mg") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            f"{NDC}\t1\tatorvastatine",
            "own.tsv:2: unknown ingredient 'atorvastatine'; did you mean 'atorvastatin'",
        ),
        (f"{NDC}\t1", "own.tsv:2: expected: system, code, ingredients"),
        (f"{NDC} 1 atorvastatin", "own.tsv:2: expected"),
        (f"{NDC}\t1\tatorvastatin\tforty", "own.tsv:2: strengths not understood"),
        (f"{NDC}\t1\tatorvastatin\t-40", "own.tsv:2: strengths not understood"),
        (f"{NDC}\t1\tatorvastatin\tnan", "own.tsv:2: strengths not understood"),
        (f"{NDC}\t1\tamlodipine|atorvastatin\t40", "own.tsv:2: strengths not understood"),
        (f"{NDC}\t1\tatorvastatin\t40\toral", "own.tsv:2: unknown route 'oral'"),
        (f"{NDC}\t1\tatorvastatin\n{NDC}\t1\tsimvastatin", "own.tsv:3: code 1 of .* stands here twice"),
        ("name\t...\tatorvastatin", "own.tsv:2: a name needs letters or digits"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(KnowledgeError, match=said):
        load_drugs(cards_dir(), [overlay(tmp_path, f"# heading\n{line}\n")])


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_drugs(cards_dir(), [tmp_path / "none.tsv"])


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = Path(__file__).parents[3].joinpath("docs/how-to/vocabulary-overlay.md").read_text(encoding="utf-8")
    example = text.split("```\n")[1]
    drugs = load_drugs(cards_dir(), [overlay(tmp_path, example)])
    both = drugs.by_code(NDC, "00000-0000-02")
    assert both is not None
    assert both.strengths == {"amlodipine": 5, "atorvastatin": 20}
    assert drugs.by_name("inventastat") is not None
