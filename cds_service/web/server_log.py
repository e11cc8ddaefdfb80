"""What gunicorn has to say, as lines of our log: which event, which exception and where; never a text.

Its messages quote addresses, headers and exceptions, and those may hold what patients and tokens are.
"""

import sys
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from cds_service.web.log import log_event, told


class ServerLog(Logger):  # type: ignore[misc]
    """Passes on errors; what is less than an error, and the access log, is nobody's business."""

    def critical(self, msg: object, *_: Any, **__: Any) -> None:
        """Something that ends a worker."""
        _tell(msg)

    def error(self, msg: object, *_: Any, **__: Any) -> None:
        """Something that should not happen."""
        _tell(msg)

    def exception(self, msg: object, *_: Any, **__: Any) -> None:
        """An exception that nobody expected."""
        _tell(msg)

    def _say_nothing(self, *_: Any, **__: Any) -> None:
        """What is less than an error quotes requests, whatever level is set."""

    warning = info = debug = _say_nothing


def _tell(template: object) -> None:
    error = sys.exc_info()[1]
    # A template is gunicorn's own constant; what would be put into it stays away.
    reason = template if isinstance(template, str) else type(template).__name__
    log_event("server", reason=reason, **(told(error) if error else {}))
