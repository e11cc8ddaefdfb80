"""Where an issuer's key set comes from: its registered address or a file, never what a token names."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import Answer, SafeHttp, Target
from cds_service.ehr.key_sets import LARGEST, KeysUnavailable, read_key_set
from cds_service.ehr.key_source import Fetch
from cds_service.ehr.unavailable import Unavailable
from cds_service.settings import Issuer, Settings, is_loopback

_SECONDS = 1.5  # for the whole fetch


def key_fetch(issuer: Issuer, http: SafeHttp) -> Fetch:
    """What fetches the issuer's key set; it raises `KeysUnavailable`."""
    if issuer.jwks_file is not None:
        file = issuer.jwks_file
        return lambda: _read(file)
    assert issuer.jku, "an issuer has one or the other"
    target = _target(issuer, issuer.jku)

    def fetch() -> Answer:
        try:
            with Deadline(_SECONDS) as deadline:
                return http.get(target, deadline, LARGEST)
        except Unavailable as error:
            raise KeysUnavailable(error.reason.value) from None

    return fetch


def key_file_problems(settings: Settings) -> Iterator[str]:
    """A sentence on every issuer whose key file has no usable key."""
    for index, issuer in enumerate(settings.issuers):
        if issuer.jwks_file is not None:
            try:
                read_key_set(_read(issuer.jwks_file).body)
            except KeysUnavailable as error:
                yield f"issuers[{index}].jwks_file: {issuer.jwks_file} is of no use: {error.reason}"


def _target(issuer: Issuer, jku: str) -> Target:
    """A key host may be on the hospital's own network where a FHIR server of the issuer may.

    On the same host it has the same certificates.
    """
    host = urlsplit(jku).hostname or ""
    same = [server for server in issuer.fhir_servers if urlsplit(server.base).hostname == host]
    private = is_loopback(host) or any(server.private_network for server in issuer.fhir_servers)
    ca_file = next((server.ca_file for server in same), None)
    return Target(url=jku, base=jku, private_network=private, ca_file=ca_file)


def _read(file: Path) -> Answer:
    try:
        return Answer(file.read_bytes())
    except OSError as error:
        raise KeysUnavailable("unreadable") from error
