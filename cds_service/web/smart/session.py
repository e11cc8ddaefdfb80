"""The sessions of the app in a browser: cookies outside, sealed rows inside."""

import hmac
import secrets
from http import HTTPStatus

import msgspec
from flask import Response, request

from cds_service.settings import Issuer, Settings
from cds_service.store import Store
from cds_service.store.smart_sessions import SmartSessions
from cds_service.wording import translatable

_LAUNCH_SECONDS = 600
_IDLE_SECONDS = 15 * 60
_LONGEST_SECONDS = 8 * 3600


class PageRefused(Exception):  # noqa: N818 - it is answered with a page
    """The request is answered with a page that says why, in words without a value of the request."""

    def __init__(self, status: HTTPStatus, text: str, detail: str = "") -> None:
        """`text` is marked for translation; `detail` is for whoever is asked for help, in English."""
        super().__init__(text)
        self.status = status
        self.text = text
        self.detail = detail


class SmartVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One launch that succeeded: who looks at whom, and with which token until when (seconds since 1970)."""

    launch: str
    issuer: str
    base: str
    patient: str
    encounter: str
    user: str
    scope: str
    token: str
    token_ends: float
    csrf: str

    def __repr__(self) -> str:
        return "SmartVisit(***)"

    @property
    def is_lay(self) -> bool:
        """Whether the patient or somebody close looks at it; the cards are written for clinicians."""
        return self.user.startswith(("Patient/", "RelatedPerson/"))


class Sessions:
    """Cookies and rows of launches under way and of visits."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._rows = SmartSessions(store, _IDLE_SECONDS, _LONGEST_SECONDS)
        self._secure = settings.public_base_url.startswith("https:")
        self._issuers = {issuer.name: issuer for issuer in settings.issuers if issuer.smart}

    def issuer(self, name: str) -> Issuer:
        """The issuer of a session. Raises `PageRefused` when the operator removed it meanwhile."""
        if name not in self._issuers:
            raise PageRefused(
                HTTPStatus.FORBIDDEN, translatable("This app is not open to this EHR any more.")
            )
        return self._issuers[name]

    def begin(self, answer: Response, name: str, content: bytes, issuer: Issuer, *, waits: bool) -> None:
        """Keep something for the browser under a name; what `waits` for its callback ends soon."""
        secret = self._rows.begin(content, _LAUNCH_SECONDS if waits else None)
        framed = bool(issuer.smart and issuer.smart.framed_by)
        answer.set_cookie(
            self._cookie(name),
            secret,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="None" if framed and self._secure else "Lax",
            partitioned=framed and self._secure,
        )

    def take(self, name: str) -> bytes | None:
        """What was kept under a name for this browser; only once."""
        secret = request.cookies.get(self._cookie(name), "")
        return self._rows.take(secret) if secret else None

    def visit(self, launch: str) -> SmartVisit:
        """The visit of this browser under a launch. Raises `PageRefused` when there is none (any more)."""
        secret = request.cookies.get(self._cookie(launch), "")
        content = self._rows.find(secret) if secret else None
        visit = msgspec.msgpack.decode(content, type=SmartVisit) if content else None
        if visit is None or visit.launch != launch:
            raise PageRefused(
                HTTPStatus.UNAUTHORIZED,
                translatable("Your visit has ended. Open the app from the EHR again."),
            )
        return visit

    def end(self, answer: Response, launch: str) -> None:
        """End a visit."""
        self.take(launch)
        self.forget(answer, launch)

    def forget(self, answer: Response, name: str) -> None:
        """Take the cookie of a name back."""
        answer.delete_cookie(self._cookie(name), path="/", secure=self._secure, httponly=True)

    def _cookie(self, name: str) -> str:
        return f"__Host-smart-{name}" if self._secure else f"smart-{name}"


def check_form(visit: SmartVisit, own_origin: str) -> None:
    """That a POST comes from a page of this visit. Raises `PageRefused` 403."""
    given = request.form.get("csrf", "").encode("utf-8", "surrogatepass")
    if not _is_from(own_origin) or not hmac.compare_digest(given, visit.csrf.encode()):
        raise PageRefused(
            HTTPStatus.FORBIDDEN, translatable("This form did not come from the app. Open the form again.")
        )


def _is_from(own_origin: str) -> bool:
    """Whether the browser says that a page of ours sent the request.

    Pages without a referrer send `Origin: null`, so the browser's own word on the site counts first.
    """
    site = request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" if site else request.headers.get("Origin", own_origin) == own_origin


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)
