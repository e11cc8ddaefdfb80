"""Reports read back, for the tests of the HTML sink."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from cds_service.batch.books import Fault

FAULTS = [
    Fault("export/Doe_Jane_1970.json", 3, "not valid JSON: trailing characters"),
    Fault("export/Doe_Jane_1970.json", 0, "12 resources of Patient/jane-doe: this Patient was not given"),
    Fault("b.json", 0, "Observation/jane-7: no usable date"),
]


class Reader(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def worklist(page: str) -> list[tuple[str, str]]:
    """Patient and urgency of every row, in order."""
    return re.findall(r'<tr id="p\d+"><th scope="row">([^<]*)</th><td class="(\w+)">', page)


def numbers(page: str, figure: str) -> dict[str, list[str]]:
    """The table behind a picture: its rows by their first cell."""
    table = page.split(f'id="{figure}"')[1].split("</table>", maxsplit=1)[0].split("<tbody>")[1]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)", line) for line in table.split("</tr>")]
    return {cells[0]: cells[1:] for cells in rows if cells}
