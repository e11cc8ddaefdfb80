"""Rebuild the generated half of cards/vocabulary/drugs/ from terminology extracts.

    python tools/build_drugs.py SOURCE_FOLDER

SOURCE_FOLDER holds `rxnorm.tsv` (rxcui, tty, display, ingredients, strengths, route) and
`text_aliases.json` (ingredient -> spellings and brands). Written: `rxnorm.tsv` and `names.tsv`.
What is kept by hand (classes, codes, added names, interactions ...) is not touched.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

Row = dict[str, str]
DRUGS = Path(__file__).resolve().parent.parent / "cards" / "vocabulary" / "drugs"
NLM = (
    "# This product uses publicly available data courtesy of the U.S. National Library of Medicine (NLM),\n"
    "# National Institutes of Health, Department of Health and Human Services; NLM is not responsible for\n"
    "# the product and does not endorse or recommend this or any other product.\n"
)
RXNORM_HEADER = (
    "# Written by tools/build_drugs.py; do not edit. RxNorm concepts of every kind, obsolete ones too.\n"
    + NLM
    + "# rxcui, ingredients, strengths in mg a unit of form (x/mL: mg in 1 mL), route (s systemic, l local)\n"
)
NAMES_HEADER = (
    "# Written by tools/build_drugs.py; do not edit. Spellings, brands -> ingredients; l: local forms only.\n"
    "# Sources: RxNorm brand names (public domain), DrugBank Open Data (CC0), MeSH, INN/BAN/USAN pairs.\n"
    + NLM
)
LOCAL_ROUTES = {"topical", "ophthalmic", "otic", "rectal", "vaginal", "inhalation", "irrigation", "nasal"}
RENAMED = {
    "benzothiazide": "benzthiazide",  # the source writes the same substance in two ways
    "labetalol hydrochloride": "labetalol",
    "penbutolol sulfate": "penbutolol",
    "lithium carbonate": "lithium",
    "lithium citrate": "lithium",
    "vitamin d": "vitamin d (unspecified)",
    "vitamin b 12": "vitamin b12",
    "vitamin k 1": "vitamin k1",
    "ethacrynic acid": "ethacrynate",
    "ethacrynate sodium": "ethacrynate",
}
NOT_NAMES = {
    "t stat",
    "t-stat",
    "tstat",
    "excel pet",
    "salix - substance",
    "arthritis pain formula",
    "univer",
    "sone",
}
LONGEST_NAME = 4  # words; longer ones are chemical descriptions
SHORTEST_NAME = 4  # letters
_STRENGTH = re.compile(r"(.+)=([\d.]+) (MG|MCG|MG/ML)")
_BRAND = re.compile(r"\[([^\]]+)\]")


def main(source: Path) -> None:
    """Read the extracts in `source` and write the two files."""
    with (source / "rxnorm.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    aliases = json.loads((source / "text_aliases.json").read_text(encoding="utf-8"))["aliases"]
    concepts = sorted((compact(row) for row in rows), key=lambda line: int(line.split("\t")[0]))
    write(DRUGS / "rxnorm.tsv", RXNORM_HEADER, concepts)
    names = dict(brand_names(rows)) | dict(spellings(aliases))
    write(DRUGS / "names.tsv", NAMES_HEADER, sorted("\t".join((name, *what)) for name, what in names.items()))


def write(path: Path, header: str, lines: Iterable[str]) -> None:
    """One line an entry, trailing empty columns left out."""
    path.write_text(header + "".join(line.rstrip("\t") + "\n" for line in lines), encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


def ingredients(row: Row) -> list[str]:
    """The ingredients in our words, each once."""
    return sorted({RENAMED.get(name, name) for name in row["ingredients"].split("|")})


def compact(row: Row) -> str:
    """`rxcui, ingredients, strengths, route` as one line."""
    names = ingredients(row)
    found = strengths(row)
    shown = "|".join(found.get(name, "") for name in names) if found else ""
    route = "l" if row["route"] in LOCAL_ROUTES else "s" if row["route"] else ""
    return "\t".join((row["rxcui"], "|".join(names), shown, route))


def strengths(row: Row) -> dict[str, str]:
    """Ingredient -> mg a unit; salts of one ingredient are added, other units are left out."""
    amounts: dict[tuple[str, str], float] = {}
    for part in row["strengths"].split("|"):
        if match := _STRENGTH.fullmatch(part):
            name = RENAMED.get(match[1], match[1])
            key = (name, "/mL" if match[3] == "MG/ML" else "")
            if key in amounts and "PCK" in row["tty"]:
                return {}  # a pack with different tablets has no strength
            amounts[key] = amounts.get(key, 0) + float(match[2]) / (1000 if match[3] == "MCG" else 1)
    return {name: f"{amount:g}{unit}" for (name, unit), amount in amounts.items()}


def brand_names(rows: list[Row]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Brand and salt names; a brand whose products are all local is marked."""
    routes: dict[str, set[bool]] = {}
    for row in rows:
        if row["route"] and (brand := _BRAND.search(row["display"])):
            routes.setdefault(brand[1].casefold(), set()).add(row["route"] in LOCAL_ROUTES)
    for row in rows:
        name = row["display"].casefold()
        if ("BN" in row["tty"] or row["tty"] in {"IN", "PIN"}) and usable(name):
            local = "l" if routes.get(name) == {True} else ""
            if ingredients(row) != [name]:
                yield name, ("|".join(ingredients(row)), local)


def spellings(aliases: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Synonyms, brands of single substances and spellings of other countries."""
    for ingredient, kinds in aliases.items():
        word = RENAMED.get(ingredient, ingredient)
        for kind in ("synonyms", "us_brands_single", "international_variants_dner"):
            for name in kinds[kind]:
                if usable(name.casefold()) and name.casefold() != word:
                    yield name.casefold(), (word,)


def usable(name: str) -> bool:
    """Whether a name is safe to look for as whole words in free text."""
    words = name.split()
    if len(name) < SHORTEST_NAME or len(words) > LONGEST_NAME or name in NOT_NAMES:
        return False
    return " brand of " not in name and not re.search(r"[\d,(+%]", name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
