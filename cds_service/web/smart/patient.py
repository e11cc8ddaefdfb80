"""The chart of the patient a visit is about, read from the EHR's FHIR server with the user's token."""

import time
import uuid
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec

from cds_service.ehr.addresses import context_values
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.fhir_server import Authorization, FhirAccess, FhirServers, open_access
from cds_service.ehr.gaps import Wanted, fill_gaps
from cds_service.ehr.http import Posted, SafeHttp, Target
from cds_service.ehr.prefetch import unmet_needs
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Unavailable
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.review import DEFAULT_SERVICE, Review, review
from cds_service.settings import Issuer, Limits
from cds_service.web.pages.language import spoken_knowledge
from cds_service.web.smart.session import PageRefused, SmartVisit
from cds_service.wording import translatable

_SECONDS = 5.0  # a person waits, not an EHR
_LARGEST = 1_000_000  # bytes of an answer to what was saved
_ENDED = translatable("The EHR's permission for this app has ended. Open the app from the EHR again.")


class SaveFailed(Exception):  # noqa: N818 - it is told to the user, who may try again
    """The EHR's FHIR server did not take the answers; nothing was saved."""


class Patients:
    """Reads and writes charts for visits."""

    def __init__(self, knowledge: Knowledge, servers: FhirServers, limits: Limits) -> None:
        self._knowledge = knowledge
        self._servers = servers
        self._http = SafeHttp(limits)
        self._service = knowledge.services[DEFAULT_SERVICE]

    def review(self, visit: SmartVisit, issuer: Issuer) -> Review:
        """The patient reviewed now. Raises `PageRefused` when the essential data cannot be had."""
        pool = Pool(visit.patient, visit.encounter or None, self._service.prefetch.keys())
        values = context_values(visit.patient, visit.encounter, visit.user)
        wanted = Wanted(templates=self._service.prefetch, values=values, sent=())
        fill_gaps(pool, self._access(visit, issuer), wanted, self._servers, _SECONDS)
        needs = list(unmet_needs(pool))
        if needs:
            text = translatable("The EHR's FHIR server did not give what is needed.")
            raise PageRefused(HTTPStatus.BAD_GATEWAY, text, " ".join(need.text for need in needs))
        instance = str(uuid.uuid4())
        knowledge = spoken_knowledge(self._knowledge)
        return review(pool, datetime.now(UTC), knowledge, service=self._service.id, instance=instance)

    def save(self, visit: SmartVisit, issuer: Issuer, response: str, identifier: str) -> None:
        """Write a QuestionnaireResponse to the EHR, once however often it is tried.

        Raises `SaveFailed`; then nothing is known to have been saved.
        """
        access = self._access(visit, issuer)
        url = f"{access.base}/QuestionnaireResponse"
        target = Target(
            url=url,
            base=access.base,
            token=access.token,
            private_network=access.private_network,
            ca_file=access.ca_file,
        )
        members = msgspec.json.decode(response) | {
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identifier}"}
        }
        once = {"If-None-Exist": f"identifier=urn:ietf:rfc:3986|urn:uuid:{identifier}"}
        posted = Posted(msgspec.json.encode(members), "application/fhir+json", once)
        try:
            with Deadline(_SECONDS) as deadline:
                self._http.post(target, posted, deadline, _LARGEST)
        except Unavailable as error:
            raise SaveFailed(error.reason.value) from None

    def _access(self, visit: SmartVisit, issuer: Issuer) -> FhirAccess:
        left = int(visit.token_ends - time.time())
        authorization = Authorization(Token(visit.token), left, visit.scope)
        access = open_access(visit.base, authorization, issuer.fhir_servers)
        if not isinstance(access, FhirAccess):
            raise PageRefused(HTTPStatus.UNAUTHORIZED, _ENDED)
        return access
