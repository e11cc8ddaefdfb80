"""How deep JSON is nested, compared with a reader that walks through it."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cds_service.web.depth import DEEPEST, is_too_deep
from tests.web.calls import assert_refused, hook_call


def nested(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=20,
    )


JSON = nested(st.text('[]{}"\\ab', max_size=6))
PLAIN = nested(st.text('"\\ab', max_size=6))


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(JSON)
def test_what_is_nested_no_deeper_than_allowed_passes(value: Any) -> None:
    assert not is_too_deep(json.dumps(value).encode(), depth(value))


@given(PLAIN.filter(lambda value: depth(value) > 0))
def test_what_is_nested_deeper_than_allowed_is_noticed(value: Any) -> None:
    assert is_too_deep(json.dumps(value).encode(), depth(value) - 1)


@pytest.mark.parametrize("text", ["", "[", "}", "}{", "[]", '\\"]', "a{}b"])
@pytest.mark.parametrize(("levels", "too_deep"), [(DEEPEST - 1, False), (DEEPEST, True)])
def test_brackets_in_texts_do_not_count(text: str, levels: int, too_deep: bool) -> None:
    nested: Any = 1
    for _ in range(levels):
        nested = [nested]
    assert is_too_deep(json.dumps({text: text, "a": nested}).encode()) is too_deep


@pytest.mark.parametrize(("levels", "status"), [(DEEPEST - 1, 200), (DEEPEST, 400), (900, 400)])
def test_a_request_may_be_nested_so_deep(client: FlaskClient, levels: int, status: int) -> None:
    body = json.dumps(hook_call())[:-1] + ',"x":' + "[" * levels + "]" * levels + "}"
    answer = client.post("/cds-services/leg-soreness", data=body, content_type="application/json")
    assert answer.status_code == status
    if status == 400:
        assert_refused(answer, 400, "nested too deeply")
