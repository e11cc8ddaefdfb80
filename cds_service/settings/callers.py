"""Who may call, and which FHIR servers may be asked for them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from cds_service.settings.values import (
    Address,
    HostName,
    Location,
    Name,
    Origin,
    ReadableFile,
    Section,
    Text,
    in_production,
    on_loopback,
)

SANDBOX = "https://sandbox.cds-hooks.org"
"""The public CDS Hooks Sandbox: the origin of its pages and its issuer. Anybody can sign as it."""


def _check_iss(iss: str, info: ValidationInfo) -> str:
    if in_production(info):
        if iss.rstrip("/") == SANDBOX:
            raise ValueError("is the public sandbox's, whose private key is public")
        if iss == "*" or iss.startswith("http:"):
            raise ValueError("must be one issuer, and https where it is a URL")
    return iss


def _check_jku(jku: str) -> str:
    if not jku.startswith("https:") and not on_loopback(jku):
        raise ValueError("keys are fetched with https only")
    return jku


class FhirServer(Section):
    """A FHIR base the service may send a caller's token to."""

    base: Address
    private_network: bool = False  # its address may be one that is not reachable from everywhere
    ca_file: ReadableFile | None = None  # certificates it is checked with, PEM; none: the public ones
    without: tuple[Text, ...] = ()  # prefetch keys it cannot answer, so that it is not asked


class SmartClient(Section):
    """The SMART on FHIR app as this issuer's EHR knows it; it is launched at /smart/launch."""

    client_id: Text
    client_secret_file: ReadableFile | None = None  # none: a public client, with PKCE alone
    scopes: tuple[Text, ...] = (
        "launch",
        "launch/patient",
        "openid",
        "fhirUser",
        "patient/*.rs",
        "patient/QuestionnaireResponse.c",
    )
    hosts: tuple[HostName, ...] = ()  # of its authorization server, beside those of its FHIR servers
    framed_by: tuple[Origin, ...] = ()  # origins of the EHR that show the app in a frame; none: a tab


class Issuer(Section):
    """One EHR that signs its calls. `name` stands for it in logs, metrics and the store."""

    name: Name
    iss: Annotated[Text, AfterValidator(_check_iss)]  # compared letter for letter
    algorithms: tuple[Literal["ES384", "RS384"], ...] = ("ES384", "RS384")
    jku: Annotated[Location, AfterValidator(_check_jku)] | None = None  # where its key set is fetched
    jwks_file: ReadableFile | None = None  # the file that holds it; then `jku` is only what tokens may name
    tenants: tuple[Text, ...] = ()  # none: the tenant is not checked
    audiences: tuple[Text, ...] = ()  # accepted beside the address of the endpoint
    fhir_servers: tuple[FhirServer, ...] = ()
    services: tuple[Text, ...] = ()  # none: all
    max_token_seconds: Annotated[int, Field(ge=60, le=3600)] = 3600
    per_second: Annotated[float, Field(gt=0, le=10_000)] = 50.0  # calls a process, then 429
    burst: Annotated[int, Field(ge=1, le=100_000)] = 100
    dialect: Literal["standard", "epic"] = "standard"
    language: Text | None = None
    smart: SmartClient | None = None

    @model_validator(mode="after")
    def _one_way_to_check(self) -> Self:
        if not self.algorithms:
            raise ValueError("needs at least one of the algorithms")
        if self.jku is None and self.jwks_file is None:
            raise ValueError("needs jku or jwks_file: where its keys are")
        return self


def check_issuers(issuers: tuple[Issuer, ...], info: ValidationInfo) -> tuple[Issuer, ...]:
    """Issuers that can be told apart; in production at least one.

    Raises `ValueError` otherwise, in the form pydantic wants.
    """
    if in_production(info) and not issuers:
        raise ValueError("is missing; production answers authenticated callers only")
    for what in ("name", "iss"):
        chosen = [getattr(issuer, what) for issuer in issuers]
        twice = {value for value in chosen if chosen.count(value) > 1}
        if twice:
            raise ValueError(f"more than one issuer has the {what} {', '.join(sorted(twice))}")
    return issuers
