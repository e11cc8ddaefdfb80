"""What an operator can choose: a file, environment variables `LEG_CDS_*`, options of a command.

Without any of them the service runs in the sandbox profile: bound to loopback, no client
authentication, browsers on loopback and the public CDS Hooks Sandbox admitted.
"""

from cds_service.settings.callers import SANDBOX, FhirServer, Issuer, SmartClient
from cds_service.settings.model import Settings
from cds_service.settings.operators import Operator
from cds_service.settings.parts import (
    Database,
    Features,
    KeepDays,
    KnowledgeFiles,
    Limits,
    Metrics,
    Server,
)
from cds_service.settings.reading import read_settings
from cds_service.settings.source import SettingsError
from cds_service.settings.values import is_loopback

__all__ = [
    "SANDBOX",
    "Database",
    "Features",
    "FhirServer",
    "Issuer",
    "KeepDays",
    "KnowledgeFiles",
    "Limits",
    "Metrics",
    "Operator",
    "Server",
    "Settings",
    "SettingsError",
    "SmartClient",
    "is_loopback",
    "read_settings",
]
