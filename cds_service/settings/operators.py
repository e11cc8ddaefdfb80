"""Who may see the pages for operators."""

from typing import Annotated

from pydantic import AfterValidator, Field

from cds_service.settings.values import Name, Section

_METHOD = "scrypt:"


def _check_hash(text: str) -> str:
    if not text.startswith(_METHOD):
        raise ValueError("must be what `leg-cds operator-password` prints, never the password itself")
    return text


class Operator(Section):
    """One person who may see `/feedback`; the password itself is nowhere."""

    name: Name
    password_hash: Annotated[str, AfterValidator(_check_hash), Field(repr=False)]
