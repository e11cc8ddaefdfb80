"""Why a caller is not admitted: a code for the log and the metric, never for the caller."""

from typing import Literal

Reason = Literal[
    "missing",
    "malformed",
    "header",
    "algorithm",
    "issuer",
    "jku",
    "keys",
    "kid",
    "blocked",
    "signature",
    "audience",
    "time",
    "claims",
    "tenant",
    "replayed",
    "unexpected",
]

MEANING: dict[Reason, str] = {
    "missing": "there is no Authorization header",
    "malformed": "it is not one bearer token of three parts that can be read",
    "header": "its header lacks alg or kid, has another typ than JWT, or asks for crit, b64 or zip",
    "algorithm": "its algorithm is not one of the issuer's, or not the one of the key",
    "issuer": "its iss is, letter for letter, none of the issuers",
    "jku": "its jku is not the one registered for the issuer",
    "keys": "the keys of the issuer cannot be had",
    "kid": "the issuer has no usable key of this kid",
    "blocked": "the operator blocked its key",
    "signature": "its signature is not by the key it names",
    "audience": "its aud is neither this address nor one of the issuer's audiences",
    "time": "it has expired or is not valid yet, by our clock",
    "claims": "a claim is missing or of a wrong kind, or it lives longer than max_token_seconds",
    "tenant": "its tenant is none of the issuer's",
    "replayed": "it was used before, or may have been before the store began to remember",
    "unexpected": "a failure of ours, which the log tells",
}
"""For the operator."""


class NotAdmitted(Exception):  # noqa: N818 - it is an answer
    """The caller is not admitted, for a `reason` it is not told.

    `issuer` is the alias of whom it claims to be, "" when that is nobody we know.
    """

    def __init__(self, reason: Reason, issuer: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.issuer = issuer
