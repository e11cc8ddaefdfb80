"""Jinja templates of card texts, with every printed value escaped for where it is shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.meta import find_undeclared_variables

from cds_service import wording
from cds_service.wording import Rendered

GLOBALS: dict[str, frozenset[str]] = {
    "soreness": frozenset({"onset", "since", "days"}),
    "items": frozenset(),  # names of the items found, on signs
    "short": frozenset(),  # the short text of the entry that counted, on causes
    "score": frozenset(),
    "possible": frozenset(),
}


def _printed(value: object) -> str:
    if type(value) is Rendered:
        return value
    text = value if isinstance(value, str) else str(value)
    return _leading_space(text) + wording.escape_markdown(text)


def _printed_plain(value: object) -> str:
    text = str(value)
    return _leading_space(text) + wording.plain(text)


def _leading_space(text: str) -> str:
    """Phrases such as ` (haemolysed)` bring their own space; cleaning would take it away."""
    return " " if text[:1] == " " and not isinstance(text, Rendered) else ""


def count_true(facts: Iterable[Mapping[str, Any]]) -> int:
    """How many of the clauses are known to be true."""
    return sum(1 for fact in facts if fact["truth"] is True)


def _environment(finalize: Any, *, block: bool = False, conjunction: str = " and ") -> Environment:
    environment = Environment(  # noqa: S701 - not HTML: `finalize` escapes for Markdown or plain text
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=block,
        lstrip_blocks=block,
        keep_trailing_newline=False,
    )
    environment.globals.clear()  # nothing of Jinja's is used, and every rendering would copy it
    environment.filters.update(listed=partial(wording.listed, conjunction=conjunction), count_true=count_true)
    return environment


_MARKDOWN = _environment(_printed)
_BLOCK = _environment(_printed, block=True)
_joining = cache(partial(_environment, _printed))
_joining_plain = cache(partial(_environment, _printed_plain))


Pieces = list[str | tuple[str, str]]
"""Literal text, and (clause, word) where a word of a clause is printed."""


class Text:
    """One template of a rule file; compiled when it is first rendered, checked when loaded.

    Most say no more than `since {{ statin.started }}`: those are put together piece by piece, which
    costs a fifth of a rendering by Jinja.
    """

    __slots__ = ("_conjunction", "_markdown", "_pieces", "_plain", "names", "source", "uses")

    def __init__(self, source: str, conjunction: str = " and ") -> None:
        """`conjunction` stands before the last word of a list.

        Raises `TemplateSyntaxError` when the template cannot be parsed.
        """
        tree = _MARKDOWN.parse(source)
        _refuse_surprises(tree)
        self.source = source
        self._conjunction = conjunction
        self.names = frozenset(find_undeclared_variables(tree))
        self.uses = frozenset(_attributes(tree))
        self._pieces = _pieces(tree)
        self._markdown: Template | None = None
        self._plain: Template | None = None

    def markdown(self, words: Mapping[str, Any]) -> Rendered:
        """The text with every value escaped for Markdown."""
        if self._pieces is not None:
            return Rendered(_joined(self._pieces, words, _printed))
        if self._markdown is None:
            self._markdown = _joining(conjunction=self._conjunction).from_string(self.source)
        return Rendered(self._markdown.render(words))

    def plain(self, words: Mapping[str, Any]) -> str:
        """The text with every value cleaned for plain text."""
        if self._pieces is not None:
            return _joined(self._pieces, words, _printed_plain)
        if self._plain is None:
            self._plain = _joining_plain(conjunction=self._conjunction).from_string(self.source)
        return self._plain.render(words)


def _refuse_surprises(tree: nodes.Template) -> None:
    """Raise `TemplateSyntaxError` for what would only fail, or print nonsense, on a patient's card."""
    for used in tree.find_all(nodes.Filter):
        if used.name not in _MARKDOWN.filters:
            raise TemplateSyntaxError(f"there is no filter {used.name!r}", used.lineno)
    for access in tree.find_all(nodes.Getitem):
        raise TemplateSyntaxError("write name.word, not name['word']", access.lineno)
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            if isinstance(part, nodes.Name) and part.name not in GLOBALS:
                text = f"{part.name!r} is a clause; print one of its words, such as {part.name}.name"
                raise TemplateSyntaxError(text, part.lineno)


def _pieces(tree: nodes.Template) -> Pieces | None:
    """The template as pieces, None when it says more than literal text and words of clauses."""
    pieces: Pieces = []
    for output in tree.body:
        if not isinstance(output, nodes.Output):
            return None
        for node in output.nodes:
            match node:
                case nodes.TemplateData(data=text):
                    pieces.append(text)
                case nodes.Getattr(node=nodes.Name(name=name), attr=word):
                    pieces.append((name, word))
                case _:
                    return None
    return pieces


def _joined(pieces: Pieces, words: Mapping[str, Any], printed: Callable[[object], str]) -> str:
    try:
        return "".join(
            piece if isinstance(piece, str) else printed(words[piece[0]][piece[1]]) for piece in pieces
        )
    except KeyError as error:
        raise UndefinedError(f"{error} is not known where it is printed") from error


def _attributes(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    for access in tree.find_all(nodes.Getattr):
        if isinstance(access.node, nodes.Name):
            yield access.node.name, access.attr


def block_template(source: str) -> Template:
    """A whole card body, written over several lines."""
    return _BLOCK.from_string(source)


__all__ = ["GLOBALS", "TemplateSyntaxError", "Text", "block_template", "count_true"]
