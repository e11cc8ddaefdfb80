"""The key the demo EHR signs with; it is made at the start and gone at the end."""

import secrets
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ALGORITHM = "ES384"
_SECONDS = 300  # a token lives


class SigningKey:
    """An ES384 key pair with an id of its own."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP384R1())
        self.kid = secrets.token_hex(8)

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWK Set."""
        public = ECAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": ALGORITHM}]}

    def key_pair(self) -> dict[str, Any]:
        """The private key as a JWK, for the library that signs id_tokens."""
        return ECAlgorithm.to_jwk(self._private, as_dict=True)

    def sign_call(self, issuer: str, jku: str, audience: str) -> str:
        """A JWT of CDS Hooks for one call of the address `audience`."""
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": audience,
            "iat": now,
            "exp": now + _SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(claims, self._private, ALGORITHM, {"kid": self.kid, "jku": jku, "typ": "JWT"})
