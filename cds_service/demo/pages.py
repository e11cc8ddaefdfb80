"""The pages of the demo EHR: the look of all pages, templates of their own."""

from typing import Any

from flask import Blueprint, Response, send_from_directory
from jinja2 import ChoiceLoader, PackageLoader

from cds_service.web.pages import environment, page

_OWN = PackageLoader("cds_service.demo")
_templates = environment.overlay(loader=ChoiceLoader([_OWN, PackageLoader("cds_service.web.pages")]))


def ehr_page(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the demo EHR."""
    return page(template, status=status, templates=_templates, **values)


def blueprint() -> Blueprint:
    """The style sheet of these pages."""
    files = Blueprint("demo_files", __name__)

    @files.get("/demo/<path:name>")
    def static_file(name: str) -> Response:
        return send_from_directory(f"{files.root_path}/static", name)

    return files
