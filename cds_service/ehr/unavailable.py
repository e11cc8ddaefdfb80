"""Why data of the EHR could not be had: codes for logs and metrics, words for the card."""

from enum import StrEnum

from cds_service.settings import Limits


class Reason(StrEnum):
    """A closed set; the value is the code."""

    LATE = "late"
    UNREACHABLE = "unreachable"
    NOT_SECURE = "not-secure"
    BROKEN_OFF = "broken-off"
    REDIRECTED = "redirected"
    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    SOMETHING_ELSE = "something-else"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    REFUSED = "refused"
    THROTTLED = "throttled"
    FAILED = "failed"
    RESTING = "resting"
    BUSY = "busy"
    NOT_LISTED = "not-listed"
    EXPIRED = "expired"
    SCOPE = "scope"
    PART_OF_SCOPE = "part-of-scope"
    PAGES = "pages"
    FOREIGN_PAGE = "foreign-page"
    ENTRIES = "entries"
    BYTES = "bytes"
    CALLS = "calls"

    def words(self, limits: Limits) -> str:
        """What a clinician reads after the name of the data."""
        return _WORDS[self].format(limits=limits)

    @property
    def is_outage(self) -> bool:
        """Whether the server is to blame, so that it had better be left alone after a few of these."""
        return self in _OUTAGES


_WORDS = {
    Reason.LATE: "the FHIR server did not answer in time",
    Reason.UNREACHABLE: "the FHIR server could not be reached",
    Reason.NOT_SECURE: "the FHIR server could not prove who it is",
    Reason.BROKEN_OFF: "the answer of the FHIR server broke off",
    Reason.REDIRECTED: "the FHIR server pointed to another address",
    Reason.TOO_LARGE: "the answer of the FHIR server was too large",
    Reason.NOT_JSON: "the FHIR server did not answer in FHIR JSON",
    Reason.SOMETHING_ELSE: "the FHIR server answered with something else than was asked for",
    Reason.UNAUTHORIZED: "the FHIR server did not accept the token",
    Reason.FORBIDDEN: "not permitted by the FHIR server",
    Reason.NOT_FOUND: "not found on the FHIR server",
    Reason.REFUSED: "the FHIR server refused the search",
    Reason.THROTTLED: "the FHIR server was asked too often",
    Reason.FAILED: "the FHIR server reported an error",
    Reason.RESTING: "the FHIR server failed several times and is left alone for some seconds",
    Reason.BUSY: "too many requests to the FHIR server were under way",
    Reason.NOT_LISTED: "the FHIR server named is not one this service may ask",
    Reason.EXPIRED: "the token for the FHIR server had expired",
    Reason.SCOPE: "not permitted by the token's scope",
    Reason.PART_OF_SCOPE: "only a part is permitted by the token's scope",
    Reason.PAGES: "more than {limits.pages} pages",
    Reason.FOREIGN_PAGE: "the next page is at an address that may not be asked",
    Reason.ENTRIES: "more than {limits.entries} entries in all",
    Reason.BYTES: "more data in all than are read",
    Reason.CALLS: "more than {limits.calls} requests to the FHIR server",
}
_OUTAGES = {Reason.LATE, Reason.UNREACHABLE, Reason.NOT_SECURE, Reason.BROKEN_OFF, Reason.FAILED}


class Unavailable(Exception):  # noqa: N818 - an answer too
    """Data could not be had. Holds no address, no value, no token.

    `retry_after` are the seconds after which one more attempt makes sense, None for never.
    """

    def __init__(self, reason: Reason, retry_after: float | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after
