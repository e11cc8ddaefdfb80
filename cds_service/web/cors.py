"""Cross-origin calls of browser-based CDS clients: configured origins only, never credentials."""

import re

from flask import Flask, Response, request

from cds_service.settings import Settings

_LOOPBACK = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")


def register(app: Flask, settings: Settings) -> None:
    """Answer preflights and admit the configured origins, on errors too."""
    trial = settings.profile == "sandbox" and settings.on_loopback

    def admits(origin: str) -> bool:
        here = trial and _LOOPBACK.fullmatch(origin) is not None
        return here or origin in settings.cors_origins

    def answer_preflight() -> Response | None:
        # Before routing decides: also for services that do not exist, and never with authentication.
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if is_preflight else None

    def add_headers(response: Response) -> Response:
        _vary_by_origin(response)
        origin = request.headers.get("Origin", "")
        if admits(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST"
                response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
                response.headers["Access-Control-Max-Age"] = "600"
        return response

    app.before_request(answer_preflight)
    app.after_request(add_headers)


def _vary_by_origin(response: Response) -> None:
    """Nearly all answers have no such header yet, so that there is no list to take apart."""
    if "Vary" in response.headers:
        response.vary.add("Origin")
    else:
        response.headers["Vary"] = "Origin"
