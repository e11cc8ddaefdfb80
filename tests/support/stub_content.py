"""Answers of a FHIR server that are well-formed and still not what they should be."""

import contextlib
import itertools
import json
import threading
from urllib.parse import parse_qs, urlsplit

from tests.support.stub_faults import Exchange, fault, paged

_PAGE = 2  # entries of a page
_LONG = 30.0  # s


@fault
def foreign_next(exchange: Exchange) -> None:
    paged(exchange, f"{exchange.astray}/ok/all/{exchange.kind}?page=2")


@fault
def climbing_next(exchange: Exchange) -> None:
    paged(exchange, f"{exchange.base}/../../ok/all/{exchange.kind}?page=2")


@fault
def two_on_a_page(exchange: Exchange) -> None:
    """A good server that hands out a few entries at a time."""
    query = urlsplit(exchange.handler.path).query
    start = int(parse_qs(query).get("_offset", ["0"])[0])
    entries = exchange.found.get("entry", [])
    page = {**exchange.found, "entry": entries[start : start + _PAGE]} if entries else exchange.found
    if start + _PAGE < len(entries):
        rest = query.partition("&_offset")[0]
        url = f"{exchange.base}/{exchange.kind}?{rest}&_offset={start + _PAGE}"
        page["link"] = [{"relation": "next", "url": url}]
    exchange.say(page)


@fault
def redirect_302(exchange: Exchange) -> None:
    exchange.send(b"", 302, Location=f"{exchange.astray}{exchange.handler.path}")


@fault
def redirect_308(exchange: Exchange) -> None:
    exchange.send(b"", 308, Location=f"{exchange.astray}{exchange.handler.path}")


@fault
def dripping_redirect(exchange: Exchange) -> None:
    exchange.head(302, Location=f"{exchange.astray}{exchange.handler.path}", Content_Length="1000000")
    exchange.drip(b" ")


@fault
def other_patient(exchange: Exchange) -> None:
    text = json.dumps(exchange.found).replace(exchange.base, "-")
    resources = json.loads(text)
    for entry in resources.get("entry", [{"resource": resources}]):
        found = entry["resource"]
        found["id"] = f"x{found.get('id')}"
        found["subject"] = {"reference": "Patient/somebody-else"}
    exchange.say(resources)


@fault
def other_type(exchange: Exchange) -> None:
    exchange.say({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Group", "id": "g"}}]})


@fault
def one_resource(exchange: Exchange) -> None:
    exchange.say({"resourceType": "Group", "id": "g"})


def _outcome(severity: str, code: str) -> dict[str, object]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


@fault
def outcome(exchange: Exchange) -> None:
    exchange.say(_outcome("error", "exception"))


@fault
def warning_in_bundle(exchange: Exchange) -> None:
    """How Epic says that there is nothing."""
    said = {"resource": _outcome("warning", "processing"), "search": {"mode": "outcome"}}
    exchange.say({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": [said]})


@fault
def epic_type(exchange: Exchange) -> None:
    exchange.say(exchange.found, Content_Type="application/json+fhir; charset=utf-8")


@fault
def cookie(exchange: Exchange) -> None:
    exchange.say(exchange.found, Set_Cookie="session=first; Path=/")


_together = threading.Barrier(3)


@fault
def together(exchange: Exchange) -> None:
    """Answers only when three requests wait at the same time."""
    with contextlib.suppress(threading.BrokenBarrierError):
        _together.wait(_LONG)
        exchange.say(exchange.found)


_failures = itertools.count()
_OUTAGE = 8  # requests that fail before the server is well again


@fault
def recovering(exchange: Exchange) -> None:
    if next(_failures) < _OUTAGE:
        exchange.send(b"", 500)
    else:
        exchange.say(exchange.found)
