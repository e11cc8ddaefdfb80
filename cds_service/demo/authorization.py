"""The SMART authorization server of the demo EHR: Authlib's, for one public app on loopback.

Code with PKCE (S256 only), launched from the EHR with a launch token, or alone, and then the user picks
the patient. The one user of the demo is always signed in, and has agreed.
"""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, OAuth2Request  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.errors import InvalidRequestError  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]
from authlib.oidc.core.grants import OpenIDCode  # type: ignore[import-untyped]
from flask import Flask

from cds_service.demo.addresses import Addresses
from cds_service.demo.keys import ALGORITHM, SigningKey
from cds_service.demo.permits import Context, Passes, Permit

CLIENT = "leg-soreness-form"
SCOPES = (
    "launch",
    "launch/patient",
    "openid",
    "fhirUser",
    "patient/*.rs",
    "patient/QuestionnaireResponse.c",
)
_CODE_SECONDS, _LAUNCH_SECONDS, _TOKEN_SECONDS = 60, 300, 3600
_PKCE = "S256"


class App(ClientMixin):  # type: ignore[misc]
    """The service's SMART app as it is registered here: public, with one redirect address."""

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        """Its id."""
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        """None: a request must name the address."""

    def get_allowed_scope(self, scope: str) -> str:
        """Of what was asked for, what may be granted."""
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether a code may be sent there."""
        return redirect_uri == self._redirect_uri

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """A public app has no secret."""
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes only."""
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was given out, and for what."""

    def __init__(self, name: str, request: OAuth2Request) -> None:
        self.name = name
        self.context: Context = request.user
        self.code_challenge = request.payload.data["code_challenge"]
        self.code_challenge_method = request.payload.data["code_challenge_method"]
        self._redirect_uri = request.payload.redirect_uri
        self._scope = request.scope
        self._nonce: str | None = request.payload.data.get("nonce")

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return str(self._redirect_uri)

    def get_scope(self) -> str:
        """What was granted."""
        return str(self._scope)

    def get_nonce(self) -> str | None:
        """What the id_token must repeat."""
        return self._nonce

    def get_auth_time(self) -> None:
        """Nobody signs in here."""

    def get_acr(self) -> None:
        """Nobody signs in here."""

    def get_amr(self) -> None:
        """Nobody signs in here."""


class _StrictChallenge(CodeChallenge):  # type: ignore[misc]
    """PKCE that cannot be left out."""

    SUPPORTED_CODE_CHALLENGE_METHOD = (_PKCE,)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != _PKCE:
            raise InvalidRequestError(f"PKCE with {_PKCE} is needed.")
        super().validate_code_challenge(grant, redirect_uri)


class _Identity(OpenIDCode):  # type: ignore[misc]
    """id_tokens that say who the user is."""

    def __init__(self, key: SigningKey, issuer: str) -> None:
        super().__init__(require_nonce=True)
        self._key = key
        self._issuer = issuer

    def resolve_client_private_key(self, _client: App) -> dict[str, Any]:
        return self._key.key_pair()

    def get_client_algorithm(self, _client: App) -> str:
        return ALGORITHM

    def get_client_claims(self, client: App) -> dict[str, Any]:
        return {"iss": self._issuer, "aud": client.get_client_id()}

    def get_encode_header(self, _client: App) -> dict[str, str]:
        return {"alg": ALGORITHM, "kid": self._key.kid}

    def exists_nonce(self, _nonce: str, _request: OAuth2Request) -> bool:
        return False

    def generate_user_info(self, user: Context, _scope: str) -> dict[str, str]:
        return {"sub": user.user, "fhirUser": user.user}


class SmartServer:
    """Gives out launches, codes and tokens; the tokens are in `permits`, where the FHIR server looks."""

    def __init__(self, app: Flask, addresses: Addresses, key: SigningKey, permits: Passes[Permit]) -> None:
        self.permits = permits
        self._addresses = addresses
        self._launches: Passes[Context] = Passes(_LAUNCH_SECONDS)
        self._codes: Passes[Code] = Passes(_CODE_SECONDS)
        self._client = App(f"{addresses.service}/smart/callback")
        self._server = AuthorizationServer(app, self._find_client, self._keep_token)
        extensions = [_StrictChallenge(required=True), _Identity(key, addresses.fhir)]
        self._server.register_grant(_grant(self._codes), extensions)

    def launch(self, context: Context) -> str:
        """A launch token for the app."""
        return self._launches.issue(context)

    def launched(self, launch: str) -> Context | None:
        """What a launch token stands for, once."""
        return self._launches.take(launch)

    def begin(self, context: Context | None) -> Any:
        """Check the authorization request. Raises `OAuth2Error`."""
        return self._server.get_consent_grant(end_user=context)

    def agree(self, grant: Any, context: Context) -> Any:
        """The answer that sends the browser back with a code."""
        return self._server.create_authorization_response(grant_user=context, grant=grant)

    def token(self) -> Any:
        """The answer of the token endpoint."""
        return self._server.create_token_response()

    def _find_client(self, client_id: str) -> App | None:
        return self._client if client_id == CLIENT else None

    def _keep_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        context: Context = request.user
        self.permits.put(token["access_token"], Permit(token["scope"], context.patient))
        token |= {"patient": context.patient, "encounter": context.encounter, "need_patient_banner": False}
        token["expires_in"] = int(self.permits.seconds)


def _grant(codes: Passes[Code]) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            codes.put(code, Code(code, request))

        def query_authorization_code(self, code: str, _client: App) -> Code | None:
            return codes.take(code)  # used up by the first try, right or wrong

        def delete_authorization_code(self, _code: Code) -> None:
            """It is gone already."""

        def authenticate_user(self, code: Code) -> Context:
            return code.context

    return Grant
