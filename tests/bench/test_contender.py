"""Each measured service answers in a process of its own."""

from pathlib import Path

import pytest

from bench.bodies import hook_request
from bench.contender import NAMES, OURS, Contender


@pytest.mark.parametrize("name", NAMES)
def test_a_service_answers_as_often_as_it_is_asked(name: str, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(hook_request(10_000))
    contender = Contender(name)
    try:
        answers = [contender.answer(body, calls) for calls in (1, 3)]
    finally:
        contender.end()

    assert all(seconds > 0 for seconds, _ in answers)
    assert all((cards > 0) is (name == OURS) for _, cards in answers)


def test_a_service_that_fails_is_said(tmp_path: Path) -> None:
    contender = Contender(OURS)
    try:
        with pytest.raises(RuntimeError, match="ended with code"):
            contender.answer(tmp_path / "missing.json", 1)
    finally:
        contender.end()
