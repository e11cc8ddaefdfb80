"""Who launched the app, as the id_token says; it is checked as OpenID Connect Core 3.1.3.7 demands."""

import hmac
import re
from collections.abc import Callable

import jwt
from jwt.types import Options

from cds_service.ehr.authorization import Endpoints, LaunchRefused
from cds_service.wording import translatable

_ALGORITHMS = ["RS256", "RS384", "ES256", "ES384"]
_OPTIONS: Options = {"require": ["iss", "aud", "exp", "iat"], "enforce_minimum_key_length": True}
_SKEW_SECONDS = 30
_USER = re.compile(
    r"(?:.*/)?((?:Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-._]{1,64})\Z"
)
_WRONG = translatable("The authorization server said who the user is in a way that cannot be trusted.")


def read_user(
    id_token: str, endpoints: Endpoints, client_id: str, nonce: str, fetch: Callable[[str], bytes]
) -> str:
    """The user as a reference (`Practitioner/7`), "" when none is named. Raises `LaunchRefused`.

    `fetch` gets the key set at `endpoints.jwks_uri`.
    """
    if not (endpoints.jwks_uri and endpoints.issuer):
        raise LaunchRefused(_WRONG)
    try:
        keys = jwt.PyJWKSet.from_json(fetch(endpoints.jwks_uri).decode())
        header = jwt.get_unverified_header(id_token)
        if header.get("alg") not in _ALGORITHMS:
            raise LaunchRefused(_WRONG)
        claims = jwt.decode(
            id_token,
            keys[header["kid"]],
            algorithms=_ALGORITHMS,
            audience=client_id,
            issuer=endpoints.issuer,
            leeway=_SKEW_SECONDS,
            options=_OPTIONS,
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, RecursionError):
        raise LaunchRefused(_WRONG) from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise LaunchRefused(_WRONG)
    found = _USER.match(str(claims.get("fhirUser", "")))
    return found[1] if found else ""
