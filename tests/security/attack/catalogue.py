"""All attacks: importing this enters every section."""

from tests.security.attack import (
    callers,
    callers_claims,
    callers_keys,
    content,
    envelope,
    feedback,
    framing,
    operations,
    output,
    positive,
    semantics,
    strict_json,
    upstream,
    upstream_faults,
)
from tests.security.attack.registry import ATTACKS

SECTIONS = (
    positive, callers, callers_claims, callers_keys, envelope, framing, strict_json, semantics, content,
    upstream, upstream_faults, feedback, output, operations,
)  # fmt: skip

__all__ = ["ATTACKS", "SECTIONS"]
