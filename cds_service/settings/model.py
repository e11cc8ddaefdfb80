"""All an operator can choose, in one frozen object."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from cds_service.settings.callers import SANDBOX, FhirServer, Issuer, check_issuers
from cds_service.settings.operators import Operator
from cds_service.settings.parts import Database, Features, KnowledgeFiles, Limits, Metrics, Server
from cds_service.settings.values import (
    Origin,
    Section,
    check_outside,
    in_production,
    is_loopback,
    read_address,
)

_ANSWERING_OTHERS = 4  # threads left for health checks and for saying that the service is full


_EVERYWHERE = {"0.0.0.0", "::", "[::]"}  # noqa: S104 recognised, not listened on


def _meet(one: str, other: str) -> bool:
    """Whether two addresses to listen on have a part in common."""
    return one == other or bool(_EVERYWHERE & {one, other})


class Settings(Section):
    """The configuration. Without any it is the sandbox profile: loopback only, nobody authenticated."""

    profile: Literal["sandbox", "production"] = "sandbox"
    server: Server = Server()
    limits: Limits = Limits()
    cors_origins: tuple[Origin, ...] = (SANDBOX,)
    issuers: Annotated[tuple[Issuer, ...], AfterValidator(check_issuers), Field(validate_default=True)] = ()
    public_base_url: Annotated[str, Field(validate_default=True)] = ""  # before /cds-services
    fhir_servers: tuple[FhirServer, ...] = ()  # for callers nobody authenticates
    database: Database = Database()
    metrics: Metrics | None = None
    knowledge: KnowledgeFiles = KnowledgeFiles()
    features: Features = Features()
    operators: tuple[Operator, ...] = ()  # who may see /feedback; none: the page is not there

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Defaults that production checks or changes."""
        if isinstance(given, dict) and given.get("profile") == "production":
            return {"cors_origins": (), "database": {}, **given}
        return given

    @field_validator("public_base_url")
    @classmethod
    def _check_base(cls, address: str, info: ValidationInfo) -> str:
        if not address and (in_production(info) or info.data.get("issuers")):
            raise ValueError("is missing; tokens are checked against it")
        return check_outside(read_address(address), info) if address else ""

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if SANDBOX in origins and in_production(info):
            raise ValueError(f"{SANDBOX} is public; production does not answer its pages")
        return origins

    @field_validator("metrics")
    @classmethod
    def _check_metrics(cls, metrics: Metrics | None, info: ValidationInfo) -> Metrics | None:
        server = info.data.get("server")
        if metrics and server and metrics.port == server.port != 0 and _meet(metrics.host, server.host):
            raise ValueError(f"port {metrics.port} is where the service itself listens; choose another")
        return metrics

    @field_validator("fhir_servers")
    @classmethod
    def _check_servers(cls, servers: tuple[FhirServer, ...], info: ValidationInfo) -> tuple[FhirServer, ...]:
        if servers and in_production(info):
            raise ValueError("are for callers nobody authenticates; name them at the issuers")
        return servers

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.server.host)

    @property
    def own_address(self) -> str:
        """Where this service answers; "" for a port that is not chosen yet."""
        if self.public_base_url or not self.server.port:
            return self.public_base_url
        host = f"[{self.server.host}]" if ":" in self.server.host.strip("[]") else self.server.host
        return f"http://{host}:{self.server.port}"

    @property
    def in_flight(self) -> int:
        """Calls at a time a process: what `limits` say, and always fewer than there are threads."""
        return max(1, min(self.limits.in_flight, self.server.threads - _ANSWERING_OTHERS))
