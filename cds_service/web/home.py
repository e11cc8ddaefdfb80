"""`GET /`: what a newcomer sees who opens the service in a browser."""

from collections.abc import Iterable
from html import escape

from flask import Blueprint, Response

from cds_service.knowledge.services import ServiceDefinition

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Leg soreness CDS service</title></head>
<body>
<h1>Leg soreness CDS service</h1>
<p>This is a <a href="https://cds-hooks.org/">CDS Hooks</a> service. Programs talk to it, not people:
an EHR lists its services at <a href="cds-services">cds-services</a> and posts a patient's chart to one
of them; cards about the patient's leg soreness come back.</p>
<ul>
{services}
</ul>
<p>To see cards, run <code>leg-cds demo</code>, or enter this address with <code>cds-services</code> at
its end in the CDS Hooks Sandbox. Not a medical device; not reviewed by a clinician; adults only.</p>
</body>
</html>
"""


def blueprint(services: Iterable[ServiceDefinition]) -> Blueprint:
    """The start page; it holds no patient data and loads nothing."""
    items = (
        f"<li><code>{service.id}</code> ({service.hook}): {escape(service.title)}</li>"
        for service in services
    )
    page = _PAGE.format(services="\n".join(items))
    pages = Blueprint("home", __name__)

    @pages.get("/")
    def home() -> Response:
        return Response(page, mimetype="text/html")

    return pages
