"""The tab-separated tables of `cards/vocabulary/drugs`: codes and names, parsed when asked for."""

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cds_service.knowledge.yaml_source import KnowledgeError, near_miss

NAMES = "name"  # the "system" of overlay lines that add names
NO_INGREDIENT = "-"
NO_MEDICINE = "none"
_ANY = "*"
_PER_ML = "/mL"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What a code or a name stands for.

    `strengths` are mg in one unit of the dose form, `concentrations` mg in 1 mL, by ingredient.
    `placeholder` marks codes that say "no medicine" or "nothing known".
    """

    ingredients: tuple[str, ...]
    strengths: dict[str, float] = {}
    concentrations: dict[str, float] = {}
    systemic: bool = True
    placeholder: bool = False


class CodeTable:
    """The codes of one system; a line is parsed when its code is first met."""

    def __init__(self, lines: dict[str, str], *, complete: bool) -> None:
        self.complete = complete
        self._lines = {code: rest for code, rest in lines.items() if not code.endswith(_ANY)}
        self._prefixes = {code[:-1]: rest for code, rest in lines.items() if code.endswith(_ANY)}
        self._longest = max(map(len, self._prefixes), default=0)
        self._parsed: dict[str, Product] = {}

    def get(self, code: str) -> Product | None:
        """The product of a code, `None` when it is not listed."""
        found = self._parsed.get(code)
        if found is None:
            rest = self._lines.get(code)
            if rest is None:
                return self._by_prefix(code) if self._prefixes else None
            found = self._parsed[code] = parse_product(rest)
        return found

    def products(self) -> Iterator[tuple[str, Product, bool]]:
        """Every code with its product, and whether it stands for all codes that begin with it."""
        for lines, is_prefix in ((self._lines, False), (self._prefixes, True)):
            for code, rest in lines.items():
                yield code, parse_product(rest), is_prefix

    def _by_prefix(self, code: str) -> Product | None:
        for length in range(min(len(code), self._longest), -1, -1):
            if code[:length] in self._prefixes:
                return parse_product(self._prefixes[code[:length]])
        return None


def parse_product(rest: str) -> Product:
    """`ingredients, strengths, route` of a line.

    Raises `ValueError` for a strength that is no amount, or strengths that do not fit the ingredients.
    """
    columns = [*rest.split("\t"), "", ""]
    if columns[0] == NO_MEDICINE:
        return Product(ingredients=(), placeholder=True)
    names = () if columns[0] == NO_INGREDIENT else _split(columns[0])
    amounts = _split(columns[1]) if columns[1] else ("",) * len(names)
    if len(amounts) != len(names):
        raise ValueError(f"{len(names)} ingredients but {len(amounts)} strengths")
    pairs = [(name, amount) for name, amount in zip(names, amounts, strict=True) if amount]
    return Product(
        ingredients=names,
        strengths={name: _amount(amount) for name, amount in pairs if not amount.endswith(_PER_ML)},
        concentrations={n: _amount(a.removesuffix(_PER_ML)) for n, a in pairs if a.endswith(_PER_ML)},
        systemic=columns[2] != "l",
    )


def _split(column: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in column.split("|"))


def _amount(text: str) -> float:
    amount = float(text)
    if not math.isfinite(amount) or amount <= 0:
        raise ValueError(f"{text} is no amount")
    return amount


def read_single_table(path: Path) -> dict[str, str]:
    """`code -> rest` of a generated file whose lines all belong to one system."""
    table: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            code, _, rest = line.partition("\t")
            table[code] = rest
    return table


def read_codes(path: Path, words: frozenset[str] | None) -> dict[str, dict[str, str]]:
    """`system -> code -> rest` of a file kept by hand; every line is checked.

    `words` are the ingredient words allowed, `None` to allow any.
    Raises `KnowledgeError` with file and line for a line that is not understood.
    """
    tables: dict[str, dict[str, str]] = {}
    for number, line in _lines(path):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) not in (3, 4, 5):
            wanted = "expected: system, code, ingredients[, strengths[, route]], tabs between"
            raise KnowledgeError(path, number, wanted)
        system, code, *rest = columns
        if system == NAMES and not any(map(str.isalnum, code)):
            raise KnowledgeError(path, number, "a name needs letters or digits")
        _check_entry(path, number, rest, words)
        if code in tables.setdefault(system, {}):
            twice = f"code {code} of {system} stands here twice; keep one of the two"
            raise KnowledgeError(path, number, twice)
        tables[system][code] = "\t".join(rest)
    return tables


def _check_entry(path: Path, number: int, rest: list[str], words: frozenset[str] | None) -> None:
    try:
        product = parse_product("\t".join(rest))
    except ValueError as error:
        raise KnowledgeError(path, number, f"strengths not understood: {error}; write 40 or 4/mL") from error
    for name in product.ingredients:
        if words is not None and name not in words:
            raise KnowledgeError(path, number, f"unknown ingredient {name!r}{near_miss(name, words)}")
    if rest[2:] not in ([], [""], ["l"], ["s"]):
        unknown = f"unknown route {rest[2]!r}; write l (local), s (systemic) or nothing"
        raise KnowledgeError(path, number, unknown)


def read_names(path: Path) -> Iterator[tuple[str, str, str]]:
    """`name, ingredients, mark` of each line.

    Raises `KnowledgeError` for a line without a name or ingredients.
    """
    for number, line in _lines(path):
        name, _, rest = line.partition("\t")
        ingredients, _, mark = rest.partition("\t")
        if not name or not ingredients:
            raise KnowledgeError(path, number, "expected: name, ingredients[, mark], tabs between")
        yield name, ingredients, mark


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line
