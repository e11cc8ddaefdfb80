"""Every attack of `make attack`, against the real service."""

from collections.abc import Iterator

import pytest

from tests.security.attack.catalogue import ATTACKS
from tests.security.attack.stage import Stage, stage


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("attack")) as made:
        yield made


@pytest.mark.parametrize("number", sorted(ATTACKS))
def test_an_attack_does_not_get_through(stood: Stage, number: int) -> None:
    ATTACKS[number](stood)
