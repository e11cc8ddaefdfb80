"""The bytes of a request body, refused early when they cannot be a hook request."""

from http import HTTPStatus

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import ClientDisconnected

from cds_service.web.errors import Problem, Refusal

_MEDIA_TYPES = {"application/json", "application/fhir+json"}
_CHARSETS = {"", "utf-8", "utf8"}


def read_body(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes.

    Raises `Refusal` 415 for another media type or a content coding, 413 for too many bytes, 400 for
    a body that does not arrive complete.
    """
    _check_media_type(request)
    # One byte more than allowed is read: Werkzeug cuts a chunked body silently at its limit.
    request.max_content_length = limit + 1
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        body = _read_all(request)
    except (ParseException, OSError, ClientDisconnected) as error:
        problem = Problem("structure", "The request body did not arrive complete.")
        raise Refusal(HTTPStatus.BAD_REQUEST, problem) from error
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _read_all(request: Request) -> bytes:
    """The body; one of a known length as the server hands it over, where Werkzeug would copy it twice."""
    missing = request.content_length
    if missing is None:
        return request.get_data(cache=False)
    stream, parts = request.environ["wsgi.input"], []
    while missing > 0:
        part: bytes = stream.read(missing)
        if not part:
            raise ClientDisconnected
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(limit: int) -> Refusal:
    text = f"The request body is larger than the {limit} bytes accepted."
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Problem("too-long", text))


def _check_media_type(request: Request) -> None:
    # Nearly all requests name one of the types as it stands, with nothing to take apart.
    if request.content_type not in _MEDIA_TYPES and not _is_utf8_json(request):
        text = "Send application/json or application/fhir+json, in UTF-8."
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Problem("not-supported", text))
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        text = "Send the body without a content coding."
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Problem("not-supported", text))


def _is_utf8_json(request: Request) -> bool:
    charset = request.mimetype_params.get("charset", "").lower()
    return request.mimetype in _MEDIA_TYPES and charset in _CHARSETS
