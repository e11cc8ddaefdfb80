"""FHIR references in one form: `Type/id` where there is one, else as written.

The server part of an absolute reference is dropped: records of one patient come through one
client, and the same server has several names.
"""

import re
from functools import lru_cache

_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-._~%:|]+)(?:/_history/[^/]*)?/?\Z")
_MAX_LENGTH = 2048
_REMEMBERED = 8192


def plain_reference(text: str) -> str:
    """`http://host/fhir/Patient/1/_history/2` and `Patient/1` are both `Patient/1`.

    urn:uuid, bare ids, `#contained` and conditional references stay as they are.
    """
    if len(text) > _MAX_LENGTH or text.startswith(("urn:", "#")) or "?" in text:
        return text[:_MAX_LENGTH]
    match = _TAIL.search(text)
    return f"{match[1]}/{match[2]}" if match else text


def plain_id(text: str, kind: str) -> str:
    """`123` for `123`, `Patient/123`, and `http://host/Patient/123`."""
    kind_and_id = plain_reference(text)
    return kind_and_id.removeprefix(f"{kind}/")


def conditional_identifier(reference: str) -> str | None:
    """`system|value` of `Patient?identifier=system|value`, None for anything else."""
    _, asked, query = reference.partition("?identifier=")
    return query.partition("&")[0] if asked else None


@lru_cache(_REMEMBERED)
def subject_key(reference: str) -> str:
    """What a reference to a patient is looked up by: `Patient/1`, `urn:uuid:...`, `?system|value`."""
    identifier = conditional_identifier(reference)
    return plain_reference(reference) if identifier is None else f"?{identifier}"
