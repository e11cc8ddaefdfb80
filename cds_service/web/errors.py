"""Every refusal is an OperationOutcome: what is wrong, where, and never a value of the request."""

from http import HTTPStatus

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from cds_service.web.log import log_bug, log_refusal


class Problem(msgspec.Struct, frozen=True):
    """One OperationOutcome issue: FHIR IssueType `code`, a text, and the member it is about."""

    code: str
    text: str
    member: str = ""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer
    """The request is answered with `status` and one issue a problem; `retry_after` in seconds."""

    def __init__(self, status: HTTPStatus, *problems: Problem, retry_after: int = 1) -> None:
        super().__init__(f"{status.value} {status.phrase}")
        self.status = status
        self.problems = problems
        self.retry_after = retry_after


_STANDARD = {
    HTTPStatus.BAD_REQUEST: Problem("structure", "The request is not valid HTTP or cannot be read."),
    HTTPStatus.NOT_FOUND: Problem(
        "not-found", "There is nothing here. GET /cds-services lists the services."
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Problem("not-supported", "This address does not answer to that method."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem("too-long", "The request body is larger than is accepted."),
    HTTPStatus.INTERNAL_SERVER_ERROR: Problem(
        "exception", "The service failed to review this patient. This is no statement about the patient."
    ),
}
_AGAIN_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}


def operation_outcome(problems: tuple[Problem, ...]) -> bytes:
    """An OperationOutcome (FHIR R4) as JSON, built and validated with `fhir.resources`."""
    from fhir.resources.R4B.operationoutcome import OperationOutcome  # noqa: PLC0415 - costs a second

    issues = [
        {
            "severity": "error",
            "code": problem.code,
            "details": {"text": problem.text},
            **({"expression": [problem.member]} if problem.member else {}),
        }
        for problem in problems
    ]
    outcome = OperationOutcome.model_validate({"resourceType": "OperationOutcome", "issue": issues})
    return outcome.model_dump_json().encode()


def refuse(status: HTTPStatus, *problems: Problem, retry_after: int = 1) -> Response:
    """The response to a refused request; with `retry_after` (s) where calling again will help."""
    answer = Response(operation_outcome(problems), status, mimetype="application/json")
    if status in _AGAIN_LATER:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def register(app: Flask) -> None:
    """Answer refusals, HTTP errors and bugs of this application with an OperationOutcome."""
    app.register_error_handler(Refusal, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_bug)


def _answer_refusal(refusal: Refusal) -> Response:
    if refusal.status is not HTTPStatus.TOO_MANY_REQUESTS:  # a flood must not flood the log
        log_refusal(refusal.status, [problem.member or problem.code for problem in refusal.problems])
    return refuse(refusal.status, *refusal.problems, retry_after=refusal.retry_after)


def _answer_http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = refuse(status, _STANDARD.get(status, Problem("processing", status.phrase)))
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _answer_bug(error: Exception) -> Response:
    log_bug(error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return refuse(status, _STANDARD[status])
