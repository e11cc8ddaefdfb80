"""Every request this service sends to others: for FHIR data, key sets and tokens.

It goes where it was told and nowhere else: no redirects, no proxy, no `.netrc`, no cookies, no
compression, a limit to bytes and a true end to waiting. Failures are `Unavailable`, which names a
reason; what the HTTP libraries say holds addresses, and those hold patient ids.
"""

import logging
import threading
from contextlib import closing
from functools import lru_cache
from http import HTTPStatus
from http.client import RemoteDisconnected
from pathlib import Path

import msgspec
import requests
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from cds_service.ehr.connections import calling
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.session import Session
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings quote addresses

_READ_AT_ONCE = 65_536
_STATUS: dict[int, Reason] = {
    HTTPStatus.UNAUTHORIZED: Reason.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: Reason.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Reason.NOT_FOUND,
    HTTPStatus.GONE: Reason.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: Reason.THROTTLED,
}
_MAY_BE_REPEATED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class Posted(msgspec.Struct, frozen=True):
    """What is sent with a POST; `headers` beside Content-Type."""

    body: bytes
    content_type: str
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Posted({self.content_type})"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What to get, and from whom.

    `base` is the configured address that `url` must start with. Without `private_network` the server
    must have an address of the public Internet. `ca_file` holds the certificates it is checked with,
    None for those that come with the service.
    """

    url: str
    base: str
    token: Token | None = None
    private_network: bool = False
    ca_file: Path | None = None


class Answer(msgspec.Struct, frozen=True):
    """A JSON document that came whole, and how long its server says it may be kept."""

    body: bytes
    cache_control: str = ""


class SafeHttp:
    """The connections of this process to other servers; they are kept and used again."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._sessions: dict[tuple[bool, Path | None], requests.Session] = {}

    def fetch_json(
        self, url: str, deadline: Deadline, max_bytes: int, *, private_network: bool = False
    ) -> Answer:
        """A JSON document at a configured address.

        Raises `Unavailable` unless it comes whole, in time, with status 200.
        """
        return self.get(Target(url=url, base=url, private_network=private_network), deadline, max_bytes)

    def get(self, target: Target, deadline: Deadline, max_bytes: int) -> Answer:
        """The JSON document of an answer with status 200, at most `max_bytes` long.

        Raises `Unavailable` for everything else.
        """
        with calling(deadline, private_network=target.private_network):
            try:
                with closing(self._send(target, deadline)) as response:
                    _check_head(response)
                    body = _read_body(response, deadline, max_bytes)
                    return Answer(body, response.headers.get("Cache-Control", ""))
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _unavailable(error, deadline) from None

    def post(self, target: Target, posted: Posted, deadline: Deadline, max_bytes: int) -> bytes:
        """The body of an answer with status 200 or 201; it may be empty. Nothing is sent twice.

        Raises `Unavailable` for everything else.
        """
        with calling(deadline, private_network=target.private_network):
            try:
                with closing(self._send(target, deadline, posted)) as response:
                    _check_status(response, (HTTPStatus.OK, HTTPStatus.CREATED))
                    return _read_body(response, deadline, max_bytes)
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _unavailable(error, deadline) from None

    def _send(self, target: Target, deadline: Deadline, posted: Posted | None = None) -> requests.Response:
        _check_time(deadline)
        left = deadline.left()
        session = self._session(target)
        request = session.prepare_request(_request(target, posted))
        if not _stays_below(request.url or "", _as_sent(target.base)):
            raise Unavailable(Reason.FOREIGN_PAGE)
        limits = self._limits
        timeout = (min(limits.connect_seconds, left), min(limits.read_seconds, left))
        verify = str(target.ca_file) if target.ca_file else True
        response = session.send(request, stream=True, allow_redirects=False, timeout=timeout, verify=verify)
        _check_time(deadline)  # a head that the deadline cut off looks like a whole one
        return response

    def _session(self, target: Target) -> requests.Session:
        """Connections that were checked less strictly are never used for a stricter target."""
        key = (target.private_network, target.ca_file)
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = Session()
            return self._sessions[key]


def _request(target: Target, posted: Posted | None) -> requests.Request:
    headers = {"Authorization": target.token.authorization} if target.token else {}
    if posted is None:
        return requests.Request("GET", target.url, headers=headers)
    headers |= {"Content-Type": posted.content_type, **posted.headers}
    return requests.Request("POST", target.url, headers=headers, data=posted.body)


@lru_cache(256)
def _as_sent(address: str) -> str:
    """An address as requests writes it: host in lower case, no dot segments."""
    return requests.Request("GET", address).prepare().url or ""


def _stays_below(url: str, base: str) -> bool:
    return url == base or url.startswith((f"{base.rstrip('/')}/", f"{base}?"))


def _check_time(deadline: Deadline) -> None:
    if not deadline.left():
        raise Unavailable(Reason.LATE)


def _check_head(response: requests.Response) -> None:
    _check_status(response, (HTTPStatus.OK,))
    headers = response.headers
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unavailable(Reason.NOT_JSON)
    if "json" not in headers.get("Content-Type", "").lower():
        raise Unavailable(Reason.NOT_JSON)


def _check_status(response: requests.Response, wanted: tuple[HTTPStatus, ...]) -> None:
    status = response.status_code
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise Unavailable(Reason.REDIRECTED)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unavailable(Reason.FAILED, _retry_after(response))
    if status not in wanted:
        raise Unavailable(_STATUS.get(status, Reason.REFUSED), _retry_after(response))


def _retry_after(response: requests.Response) -> float | None:
    wait = response.headers.get("Retry-After", "")
    return float(wait) if response.status_code in _MAY_BE_REPEATED and wait.isdecimal() else None


def _read_body(response: requests.Response, deadline: Deadline, max_bytes: int) -> bytes:
    """All of the body, in pieces as they come: one large read would wait for its last byte."""
    raw: urllib3.HTTPResponse = response.raw
    parts, size = [], 0
    while part := raw.read1(_READ_AT_ONCE, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise Unavailable(Reason.TOO_LARGE)
        _check_time(deadline)
    _check_time(deadline)
    announced = response.headers.get("Content-Length")
    if announced is not None and announced.strip() != str(size):
        raise Unavailable(Reason.BROKEN_OFF)
    return b"".join(parts)


def _unavailable(error: Exception, deadline: Deadline) -> Unavailable:
    """What a failure of the libraries means."""
    if not deadline.left() or isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return Unavailable(Reason.LATE)
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return Unavailable(Reason.NOT_SECURE)
    cause = _cause(error)
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, NewConnectionError):
        return Unavailable(Reason.UNREACHABLE, retry_after=0.0)
    if isinstance(error, requests.ConnectionError) and isinstance(
        cause, RemoteDisconnected | ConnectionResetError | BrokenPipeError
    ):
        return Unavailable(Reason.BROKEN_OFF, retry_after=0.0)  # before any byte of an answer
    return Unavailable(Reason.BROKEN_OFF)


def _cause(error: BaseException) -> BaseException:
    """The innermost of the errors that requests and urllib3 wrap around each other."""
    inner = getattr(error, "reason", None) or next(
        (part for part in reversed(error.args) if isinstance(part, BaseException)), None
    )
    return _cause(inner) if isinstance(inner, BaseException) and inner is not error else error
