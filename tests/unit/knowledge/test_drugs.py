"""The packaged drug vocabulary, from outside."""

from pathlib import Path

import pytest

from cds_service.knowledge.drugs import Drugs, UnknownDrugError, load_drugs
from cds_service.knowledge.files import cards_dir

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
DRUGS = load_drugs(cards_dir())
FOLDER = cards_dir() / "vocabulary" / "drugs"

INGREDIENT_CODES = """
atorvastatin 83367, rosuvastatin 301542, simvastatin 36567, pravastatin 42463, lovastatin 6472,
fluvastatin 41127, pitavastatin 861634, ezetimibe 341248, clarithromycin 21212, erythromycin 4053,
azithromycin 18631, telithromycin 274786, ciprofloxacin 2551, levofloxacin 82122, moxifloxacin
139462, ofloxacin 7623, daptomycin 22299, trimethoprim 10829, sulfamethoxazole 10180, gentamicin
1596450, linezolid 190376, metronidazole 6922, nitrofurantoin 7454, itraconazole 28031, ketoconazole
6135, fluconazole 4450, gemfibrozil 4719, fenofibrate 8703, cyclosporine 3008, diltiazem 3443,
verapamil 11170, amiodarone 703, amlodipine 17767, ranolazine 35829, dronedarone 233698, colchicine
2683, niacin 7393, nefazodone 31565, ticagrelor 1116632, salmeterol 36117, formoterol 25255,
raloxifene 72143, naproxen 7258, prednisone 8640, omeprazole 7646, quinine 9071, levothyroxine
10582, potassium chloride 8591, cholecalciferol 2418, hydrochlorothiazide 5487, chlorthalidone 2409,
indapamide 5764, metolazone 6916, furosemide 4603, torsemide 38413, spironolactone 9997, triamterene
10763, acetazolamide 167
"""
PRODUCTS = {
    "259255": {"atorvastatin": 80},
    "617311": {"atorvastatin": 40},
    "617310": {"atorvastatin": 20},
    "859751": {"rosuvastatin": 20},
    "859747": {"rosuvastatin": 10},
    "198211": {"simvastatin": 40},
    "312961": {"simvastatin": 20},
    "310798": {"hydrochlorothiazide": 25},
    "197499": {"chlorthalidone": 25},
    "313988": {"furosemide": 40},
    "313096": {"spironolactone": 25},
    "310812": {"hydrochlorothiazide": 25, "triamterene": 37.5},
    "597990": {"amlodipine": 10, "atorvastatin": 40},
    "197517": {"clarithromycin": 500},
    "308460": {"azithromycin": 250},
    "199885": {"levofloxacin": 500},
    "198335": {"sulfamethoxazole": 800, "trimethoprim": 160},
    "403920": {"daptomycin": 500},
}


@pytest.mark.parametrize("line", [" ".join(part.split()) for part in INGREDIENT_CODES.split(",")])
def test_every_ingredient_code_of_the_specification_is_known(line: str) -> None:
    name, code = line.rsplit(" ", 1)
    product = DRUGS.by_code(RXNORM, code)
    assert product is not None
    assert product.ingredients == (name,)


@pytest.mark.parametrize(("code", "strengths"), PRODUCTS.items())
def test_clinical_drugs_have_ingredients_and_strengths(code: str, strengths: dict[str, float]) -> None:
    product = DRUGS.by_code(RXNORM, code)
    assert product is not None
    assert set(product.ingredients) == set(strengths)
    assert product.strengths == strengths


@pytest.mark.parametrize(
    ("code", "ingredient"),
    [
        ("200345", "simvastatin"),
        ("617318", "atorvastatin"),
        ("823934", "hydrochlorothiazide"),
        ("6472", "lovastatin"),
    ],
)
def test_branded_drugs_and_old_codes_are_known(code: str, ingredient: str) -> None:
    product = DRUGS.by_code(RXNORM, code)
    assert product is not None
    assert ingredient in product.ingredients


def test_a_suspension_has_a_concentration_and_no_strength() -> None:
    product = DRUGS.by_code(RXNORM, "1790679")
    assert product is not None
    assert (product.strengths, product.concentrations) == ({}, {"simvastatin": 4.0})


@pytest.mark.parametrize(
    ("code", "ingredients"),
    [
        ("C10AA05", {"atorvastatin"}),
        ("C10BX13", {"indapamide", "perindopril", "rosuvastatin"}),
        ("C10BA02", {"ezetimibe", "simvastatin"}),
        ("C03AA03", {"hydrochlorothiazide"}),
        ("C03DA01", {"spironolactone"}),
        ("C09DA07", {"diuretic (unspecified)"}),
        ("C10AA", {"statin (unspecified)"}),
        ("S01BA04", set()),
    ],
)
def test_atc_codes_and_prefixes(code: str, ingredients: set[str]) -> None:
    product = DRUGS.by_code(ATC, code)
    assert product is not None
    assert set(product.ingredients) == ingredients


def test_a_lipid_combination_without_a_statin_is_none() -> None:
    assert DRUGS.by_code(ATC, "C10BA10") is None


def test_snomed_identifiers() -> None:
    combination = DRUGS.by_code(SNOMED, "404850000")
    shampoo = DRUGS.by_code(SNOMED, "332745002")
    assert combination is not None
    assert set(combination.ingredients) == {"hydrochlorothiazide", "triamterene"}
    assert shampoo is not None
    assert not shampoo.systemic


def test_topical_products_are_not_systemic() -> None:
    ointment = DRUGS.by_code(RXNORM, "310149")
    assert ointment is not None
    assert not ointment.systemic


def test_unknown_codes_and_systems_are_none() -> None:
    assert DRUGS.by_code(RXNORM, "999999999") is None
    assert DRUGS.by_code("urn:example", "1") is None


def test_classes_and_members() -> None:
    assert "potassium-sparing diuretics" in DRUGS.classes_of("spironolactone")
    assert DRUGS.members("spironolactone") == {"spironolactone"}
    assert DRUGS.members("diuretics") >= DRUGS.members("loop diuretics") | {
        "hydrochlorothiazide",
        "acetazolamide",
    }
    assert not DRUGS.members("potassium-lowering diuretics") & DRUGS.members("potassium-raising diuretics")
    assert DRUGS.classes_of("pramoxine") == frozenset()


@pytest.mark.parametrize(
    "word",
    [
        "statins",
        "diuretics",
        "thiazide diuretics",
        "thiazide-like diuretics",
        "loop diuretics",
        "potassium-sparing diuretics",
        "carbonic anhydrase inhibitors",
        "fluoroquinolones",
        "macrolides",
        "trimethoprim",
        "aminoglycosides",
        "potassium-wasting antibiotics",
        "daptomycin",
        "neuropathy antibiotics",
        "antibiotics",
        "systemic corticosteroids",
        "vitamin D",
        "potassium supplements",
        "magnesium supplements",
        "quinine",
        "cramp-associated medicines",
        "proton pump inhibitors",
        "levothyroxine",
        "potassium-raising drugs",
        "potassium-lowering drugs",
        "magnesium-lowering drugs",
        "sodium-lowering drugs",
    ],
)
def test_the_words_of_the_rules_exist(word: str) -> None:
    assert word in DRUGS.words()
    assert DRUGS.members(word)


def test_cramp_associated_medicines_are_neither_loop_diuretics_nor_statins() -> None:
    cramp = DRUGS.members("cramp-associated medicines")
    assert cramp.isdisjoint(DRUGS.members("loop diuretics") | DRUGS.members("statins"))
    assert cramp >= {"salmeterol", "naproxen", "spironolactone", "hydrochlorothiazide", "iron sucrose"}


def test_an_unknown_word_names_a_near_miss() -> None:
    with pytest.raises(UnknownDrugError, match="did you mean 'statins'"):
        DRUGS.members("statin")


def test_every_packaged_line_is_understood() -> None:
    codes = [line.split("\t")[0] for line in lines(FOLDER / "rxnorm.tsv")]
    assert len(codes) == len(set(codes))
    for code in codes:
        product = DRUGS.by_code(RXNORM, code)
        assert product is not None
        assert product.ingredients
        assert set(product.strengths) | set(product.concentrations) <= set(product.ingredients)
        assert set(product.ingredients) <= DRUGS.words()


def test_a_word_that_is_only_in_the_files_kept_by_hand_is_in_a_class() -> None:
    generated = {word for line in lines(FOLDER / "rxnorm.tsv") for word in line.split("\t")[1].split("|")}
    by_hand = {word for word in DRUGS.words() - generated if DRUGS.members(word) == {word}}
    assert {word for word in by_hand if not DRUGS.classes_of(word)} == set()


def lines(path: Path) -> list[str]:
    return [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]


def test_the_same_vocabulary_is_loaded_each_time() -> None:
    again: Drugs = load_drugs(cards_dir())
    assert again.words() == DRUGS.words()
