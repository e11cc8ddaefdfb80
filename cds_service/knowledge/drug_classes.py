"""Class words and their ingredients: `cards/vocabulary/drugs/classes.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import Source, near_miss, read_yaml

Classes = dict[str, frozenset[str]]


def load_classes(folder: Path, ingredients: frozenset[str]) -> Classes:
    """Class word -> ingredient words, classes within classes resolved.

    Raises `KnowledgeError` for an unknown member and for a class that contains itself.
    """
    source = read_yaml(folder / "classes.yaml")
    lists: dict[str, list[str]] = typed(source, (), source.data, dict[str, list[str]])
    return {word: _expand(source, lists, word, ingredients, ()) for word in lists}


def classes_by_ingredient(classes: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Ingredient word -> the classes it is in."""
    found: dict[str, set[str]] = {}
    for word, members in classes.items():
        for member in members:
            found.setdefault(member, set()).add(word)
    return {ingredient: frozenset(words) for ingredient, words in found.items()}


def _expand(
    source: Source,
    lists: dict[str, list[str]],
    word: str,
    ingredients: frozenset[str],
    above: tuple[str, ...],
) -> frozenset[str]:
    if word in above:
        raise source.error((word,), f"class {word!r} contains itself: {' > '.join((*above, word))}")
    found: set[str] = set()
    for index, member in enumerate(lists[word]):
        if member in lists and member != word:
            found |= _expand(source, lists, member, ingredients, (*above, word))
        elif member in ingredients:
            found.add(member)
        else:
            near = near_miss(member, {*ingredients, *lists})
            raise source.error((word, index), f"unknown member {member!r}{near}")
    return frozenset(found)
