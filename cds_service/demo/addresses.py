"""Where the parts of the demo are."""

import msgspec


class Addresses(msgspec.Struct, frozen=True):
    """The addresses of the EHR and of the service, without a slash at their ends."""

    ehr: str
    service: str

    @property
    def fhir(self) -> str:
        """The base of the EHR's FHIR server."""
        return f"{self.ehr}/fhir"

    @property
    def key_set(self) -> str:
        """Where the EHR's public key is."""
        return f"{self.ehr}/jwks.json"
