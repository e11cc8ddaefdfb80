"""docs/reference/generated/http.md: the addresses of the service, from docs/reference/openapi.yaml."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tools.reference import NOTE, table

OPENAPI = Path(__file__).resolve().parents[2] / "docs/reference/openapi.yaml"
_METHODS = ("get", "post")


def page() -> str:
    """The page as Markdown."""
    contract = YAML(typ="safe", pure=True).load(OPENAPI)
    about = (
        "The addresses that EHRs and monitors call, with the statuses they are answered with. "
        "A failure of ours is 500 anywhere, another method 405. "
        "[openapi.yaml](../openapi.yaml) has the members; [on the wire](../wire.md) tells the rules in words."
    )
    parts = ["# Addresses", NOTE, about]
    for path, operations in contract["paths"].items():
        for method in _METHODS:
            if operation := operations.get(method):
                parts += _section(contract, f"{method.upper()} {path}", operation)
    return "\n\n".join(parts) + "\n"


def _section(contract: Any, name: str, operation: Any) -> list[str]:
    rows = [
        (status, " ".join(_followed(contract, answer)["description"].split()))
        for status, answer in operation["responses"].items()
    ]
    summary = operation["summary"].rstrip(".") + "."
    return [f"## {name}", summary, table(("status", "when"), rows)]


def _followed(contract: Any, value: Any) -> Any:
    """The value, or what its `$ref` within the document names."""
    for key in value.get("$ref", "").removeprefix("#/").split("/") if "$ref" in value else []:
        contract = contract[key]
    return contract if "$ref" in value else value
