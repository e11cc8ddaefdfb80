"""Operators sign in with HTTP Basic over TLS, and whoever guesses has to wait."""

from http import HTTPStatus

from flask import request
from werkzeug.security import check_password_hash, generate_password_hash

from cds_service.settings import Settings
from cds_service.web.errors import Problem, Refusal
from cds_service.web.rate import Rates

_TRIES = 20  # wrong ones from one address, at once
_TRIES_PER_SECOND = 1 / 30  # after these


class Lobby:
    """Lets operators in. One for all pages of a process, so that guesses at any of them count together."""

    def __init__(self, settings: Settings) -> None:
        self._hashes = {operator.name: operator.password_hash for operator in settings.operators}
        self._nobody = generate_password_hash("nobody has this one")  # so that a wrong name takes as long
        self._rates = Rates()

    def admits(self) -> bool:
        """Whether the request shows the name and password of an operator. Raises `Refusal` 429."""
        shown = request.authorization
        if shown is None or shown.type != "basic" or not shown.username or not shown.password:
            return False
        address = request.remote_addr or ""
        wait = self._rates.take(address, _TRIES_PER_SECOND, _TRIES)
        if wait:
            problem = Problem("throttled", "Too many tries to sign in came from this address.")
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem, retry_after=int(wait) + 1)
        known = self._hashes.get(shown.username)
        right = check_password_hash(known or self._nobody, shown.password) and known is not None
        if right:
            self._rates.give_back(address)
        return right
