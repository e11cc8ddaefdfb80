"""Medicine names in free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.drugs import load_drugs
from cds_service.knowledge.files import cards_dir

DRUGS = load_drugs(cards_dir())


@pytest.mark.parametrize(
    "text",
    [
        "Nystatin 100000 UNT/ML Oral Suspension",
        "TEVA-NYSTATIN (nystatin 100000 unit per mL oral suspension)",
        "pentostatin",
        "Somatostatin",
        "sivelestat",
        "statin",
        "orlistat",
        "potassium hydroxide preparation",
        "Potassium iodide",
        "",
        "   ",
        "atorvastatinoid",
        "Cholesterol pill",
    ],
)
def test_look_alikes_name_nothing(text: str) -> None:
    assert DRUGS.by_name(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Imipenem/Cilastatin", "statins"),
        ("losartan potassium 50 mg", "potassium supplements"),
        ("Esomeprazole magnesium 20 mg", "magnesium supplements"),
        ("penicillin V potassium", "potassium supplements"),
        ("Amoxicillin and clavulanate potassium", "potassium supplements"),
    ],
)
def test_a_salt_is_no_supplement(text: str, word: str) -> None:
    product = DRUGS.by_name(text)
    assert product is not None
    assert not set(product.ingredients) & DRUGS.members(word)


@pytest.mark.parametrize(
    ("text", "ingredients", "strengths"),
    [
        ("simvastatin 10 mg tablet", {"simvastatin"}, {"simvastatin": 10}),
        ("LIPITOR 40MG", {"atorvastatin"}, {"atorvastatin": 40}),
        ("Atorvastatina 20 mg comprimidos", {"atorvastatin"}, {"atorvastatin": 20}),
        ("Levothyroxine 112 mcg", {"levothyroxine"}, {"levothyroxine": 0.112}),
        ("40 mg atorvastatin", {"atorvastatin"}, {"atorvastatin": 40}),
        (
            "amlodipine 5 MG / atorvastatin 20 MG Oral Tablet",
            {"amlodipine", "atorvastatin"},
            {"amlodipine": 5, "atorvastatin": 20},
        ),
        ("amlodipine/atorvastatin 5 mg/20 mg", {"amlodipine", "atorvastatin"}, {}),
        ("Caduet 10/40", {"amlodipine", "atorvastatin"}, {}),
        ("Micardis HCT 80-12.5", {"hydrochlorothiazide", "telmisartan"}, {}),
        ("HCTZ 25 mg", {"hydrochlorothiazide"}, {"hydrochlorothiazide": 25}),
        ("bumétanide", {"bumetanide"}, {}),
        ("Vitamin D3 Capsule 5000 iu", {"cholecalciferol"}, {}),
        ("Vitamin D gummies", {"vitamin d (unspecified)"}, {}),
        ("Potassium 20 mEq", {"potassium"}, {}),
        ("Bactrim DS tablet", {"sulfamethoxazole", "trimethoprim"}, {}),
        ("Metformin 1,000 mg / simvastatin 0,5 mg", {"simvastatin"}, {}),
        ("HMG CoA Reductase Inhibitors (statins)", {"statin (unspecified)"}, {}),
    ],
)
def test_names_in_text(text: str, ingredients: set[str], strengths: dict[str, float]) -> None:
    product = DRUGS.by_name(text)
    assert product is not None
    assert set(product.ingredients) == ingredients
    assert product.strengths == strengths


@pytest.mark.parametrize(
    "text", ["erythromycin ophthalmic ointment", "Hydrocortisone 1% cream", "Cipro HC otic"]
)
def test_a_local_form_in_the_text_is_not_systemic(text: str) -> None:
    product = DRUGS.by_name(text)
    assert product is not None
    assert not product.systemic


@pytest.mark.parametrize("text", ["a" * 1_000_000, "atorvastatin " * 80_000, "1," * 500_000, "/" * 1_000_000])
def test_texts_of_a_megabyte_are_read_to_the_length_of_a_name(text: str) -> None:
    product = DRUGS.by_name(text)
    assert (product is not None) == text.startswith("atorvastatin")


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    product = DRUGS.by_name(text)
    assert product is None or product.ingredients


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8))
def test_a_name_inside_a_word_is_none(letters: str) -> None:
    for glued in (f"{letters}simvastatin", f"simvastatin{letters}"):
        product = DRUGS.by_name(glued)
        assert product is None or glued in {"simvastatina", "simvastatine", "simvastatinum"}


@given(st.sampled_from(sorted(DRUGS.members("statins") | DRUGS.members("diuretics"))), st.text(max_size=20))
def test_case_and_surroundings_do_not_matter(word: str, around: str) -> None:
    bare = DRUGS.by_name(word)
    framed = DRUGS.by_name(f"({around}) {word.upper()}, ({around})")
    assert bare is not None
    assert framed is not None
    assert set(bare.ingredients) <= set(framed.ingredients)
