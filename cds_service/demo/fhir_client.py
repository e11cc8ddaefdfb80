"""How the pages of the demo EHR reach its FHIR server: over HTTP, like everybody else."""

from collections.abc import Iterator
from http import HTTPStatus

import requests

from cds_service.demo.permits import Passes, Permit
from cds_service.demo.records import Resource
from cds_service.wording import translatable

_SECONDS = 10
_USER_SCOPE = (
    "user/*.rs user/QuestionnaireResponse.c user/ServiceRequest.c user/Condition.c user/Task.c "
    "user/Observation.c"
)


class FhirError(Exception):
    """The FHIR server did not do what was asked; the message is for the user."""


def new_session() -> requests.Session:
    """Connections to the parts of the demo; no proxy stands between us and loopback."""
    session = requests.Session()
    session.trust_env = False
    return session


class FhirClient:
    """The signed-in user at the FHIR server."""

    def __init__(self, base: str, permits: Passes[Permit]) -> None:
        self.base = base
        self._permits = permits

    def read(self, path: str) -> Resource | None:
        """A resource or a first page of a search by its relative address; None for status 404."""
        answer = self._send("GET", f"{self.base}/{path}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _checked(answer)

    def search(self, path: str) -> Iterator[Resource]:
        """All resources a search finds, page by page."""
        url: str | None = f"{self.base}/{path}"
        while url:
            bundle = _checked(self._send("GET", url))
            for entry in bundle.get("entry", []):
                yield entry["resource"]
            url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)

    def create(self, resource: Resource) -> None:
        """Create a resource. Raises `FhirError`."""
        _checked(self._send("POST", f"{self.base}/{resource['resourceType']}", resource))

    def _send(self, method: str, url: str, body: Resource | None = None) -> requests.Response:
        token = self._permits.issue(Permit(_USER_SCOPE))
        with new_session() as session:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
            try:
                return session.request(method, url, headers=headers, timeout=_SECONDS, json=body)
            except requests.RequestException as error:
                raise FhirError(translatable("The FHIR server of the demo cannot be reached.")) from error


def _checked(answer: requests.Response) -> Resource:
    resource: Resource = answer.json()
    if not answer.ok:
        said = resource["issue"][0]["diagnostics"]
        raise FhirError(f"The FHIR server answered {answer.status_code}: {said}")
    return resource
