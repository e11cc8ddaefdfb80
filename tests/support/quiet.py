"""Servers inside the test process, which play others: their lines are not those of the service."""

from werkzeug.serving import WSGIRequestHandler


class Quiet(WSGIRequestHandler):
    """No line for every request: it would name patients, as the log of an EHR may."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
