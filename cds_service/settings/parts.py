"""The sections of the configuration, each with its defaults and bounds."""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from cds_service.settings.values import HostName, Proxy, ReadableFile, Seconds, Section, in_production

_DATABASE = re.compile(r"(sqlite|postgresql(\+psycopg)?)://\S+")
Days = Annotated[int, Field(ge=1, le=36_500)]
_WEB = re.compile(r"https?://\S+")


class Server(Section):
    """Where and with how much the service listens."""

    host: HostName = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000  # 0: the system picks a free one
    workers: Annotated[int, Field(ge=1, le=64)] = 2  # processes
    threads: Annotated[int, Field(ge=2, le=256)] = 32  # a process; slow senders hold one each
    allow_open: bool = False  # other machines may call although nobody is authenticated
    forwarded_allow_ips: tuple[Proxy, ...] = ("127.0.0.1", "::1")  # proxies that may say who called
    drain_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0  # not ready, yet answering, before the end

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _not_everybody(cls, proxies: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "*" in proxies and in_production(info):
            raise ValueError("name the proxies; production does not believe everybody")
        return proxies

    @field_validator("allow_open")
    @classmethod
    def _not_in_production(cls, chosen: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's form
        if chosen and in_production(info):
            raise ValueError("production answers authenticated callers only; remove it")
        return chosen


class Limits(Section):
    """How much of everything one call, one caller or one EHR may take."""

    body_bytes: Annotated[int, Field(ge=1024, le=20 << 20)] = 10 << 20  # of a request
    in_flight: Annotated[int, Field(ge=1, le=256)] = 28  # calls at a time a process, then 503
    hook_seconds: Seconds = 3.0  # for one call, the FHIR server included
    fhir_seconds: Seconds = 2.5  # for all that is fetched in one call
    connect_seconds: Seconds = 1.0
    read_seconds: Seconds = 2.0
    pages: Annotated[int, Field(ge=1, le=100)] = 10  # of one search
    entries: Annotated[int, Field(ge=100, le=200_000)] = 20_000  # of one call
    response_bytes: Annotated[int, Field(ge=10_000, le=100_000_000)] = 5_000_000  # of one FHIR answer
    hook_bytes: Annotated[int, Field(ge=10_000, le=400_000_000)] = 20_000_000  # of all of a call
    calls: Annotated[int, Field(ge=1, le=1000)] = 60  # to the FHIR server in one call
    breaker_failures: Annotated[int, Field(ge=1, le=100)] = 5  # in a row, then it is left alone
    breaker_seconds: Seconds = 10.0
    clock_skew_seconds: Annotated[int, Field(ge=0, le=300)] = 30  # between the EHR's clock and ours
    refusals_per_second: Annotated[float, Field(gt=0, le=10_000)] = 20.0  # failed tokens a peer, then 429
    refusals_burst: Annotated[int, Field(ge=1, le=100_000)] = 500
    stuck_seconds: Seconds = 30.0  # a call that takes longer makes the process not live


class KeepDays(Section):
    """How long the store keeps what."""

    audit: Days = 2190  # six years
    feedback: Days = 2190
    shown: Days = 400


class Database(Section):
    """The store: an SQLAlchemy URL, SQLite or PostgreSQL."""

    url: Annotated[str, Field(repr=False, validate_default=True)] = ""  # "": no store
    patient_identifiers: Literal["pseudonym", "plain"] = "pseudonym"
    pseudonym_key_file: Annotated[ReadableFile | None, Field(validate_default=True)] = None
    keep_days: KeepDays = KeepDays()
    pool_size: Annotated[int, Field(ge=1, le=100)] = 8  # connections a process; PostgreSQL only

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str, info: ValidationInfo) -> str:
        if url and not _DATABASE.fullmatch(url):
            raise ValueError("must be sqlite:////folder/file.db or postgresql://user@host/name")
        if in_production(info) and (not url or url == "sqlite://" or ":memory:" in url):
            raise ValueError("is missing; audit and feedback must outlast the process")
        return url

    @field_validator("pseudonym_key_file")
    @classmethod
    def _check_key(cls, file: ReadableFile | None, info: ValidationInfo) -> ReadableFile | None:
        if in_production(info) and file is None and info.data.get("patient_identifiers") != "plain":
            raise ValueError("is missing; name a file of 32 random bytes or more")
        return file


class Metrics(Section):
    """Where Prometheus reads the metrics; never the port the EHR calls."""

    host: HostName = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464


class KnowledgeFiles(Section):
    """What is added to the rules that come with the service."""

    overlays: tuple[ReadableFile, ...] = ()  # vocabulary overlay files
    base: str = ""  # starts our canonical URLs; "": the default

    @field_validator("base")
    @classmethod
    def _check_base(cls, base: str) -> str:
        if base and not _WEB.fullmatch(base):
            raise ValueError("must be an http or https URL")
        return base


class Features(Section):
    """What can be switched off, or on."""

    feedback: bool = True
    snooze: bool = True
    tracing: bool = False  # OpenTelemetry, where the extra `otel` is installed
