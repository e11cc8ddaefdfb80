"""What gunicorn says: its own templates, never what it puts into them."""

import pytest
from gunicorn.config import Config
from structlog.testing import capture_logs

from cds_service.web.server_log import ServerLog
from tests.web.calls import MARK


@pytest.fixture
def log() -> ServerLog:
    return ServerLog(Config())


@pytest.mark.parametrize("level", ["critical", "error"])
def test_a_message_is_told_without_what_is_in_it(log: ServerLog, level: str) -> None:
    with capture_logs() as logs:
        getattr(log, level)("Error handling request %s", f"/{MARK}")
    assert logs == [{"event": "server", "reason": "Error handling request %s", "log_level": "info"}]


def test_an_exception_is_told_by_its_type_and_place(log: ServerLog) -> None:
    with capture_logs() as logs:
        try:
            _ = {}[MARK]
        except KeyError:
            log.exception("Error handling request %s", MARK)
        log.error(KeyError(MARK))
    assert logs[0]["exception"] == "KeyError"
    assert "test_server_log.py" in logs[0]["at"][0]
    assert logs[1]["reason"] == "KeyError"
    assert MARK not in str(logs)


def test_less_than_an_error_is_not_told(log: ServerLog) -> None:
    with capture_logs() as logs:
        log.warning("Invalid request from %s", MARK)
        log.info(MARK)
    assert logs == []
