"""What a review cannot do without, and which of it the EHR neither sent nor let us fetch."""

from collections.abc import Iterator

import msgspec

from cds_service.reading import Pool

_EITHER_OF = {
    "the medicines": ("medicationRequests", "medicationStatements"),
    "a place where leg soreness can be reported": (
        "conditions",
        "symptoms",
        "questionnaireResponses",
        "encounter",
    ),
}


class Need(msgspec.Struct, frozen=True):
    """Something essential that is missing: FHIR IssueType `code`, a text, the request member."""

    code: str
    text: str
    member: str


def unmet_needs(pool: Pool) -> Iterator[Need]:
    """The essential data not obtained; a key counts as obtained with a Bundle, a resource or null.

    Somebody else's Patient is refused too: nobody may be reviewed by another one's age.
    """
    if not pool.of_kind("Patient") and (pool.of_other_patients or not pool.obtained("patient")):
        yield _patient_need(pool)
    for what, keys in _EITHER_OF.items():
        if not any(pool.obtained(key) for key in keys):
            text = f"Not obtained: {what} (prefetch {' or '.join(keys)}). Supply one of them."
            yield Need("incomplete", text, "prefetch")


def _patient_need(pool: Pool) -> Need:
    if pool.of_other_patients:
        text = "What was supplied is not of the patient of the context. Nobody is reviewed."
        return Need("conflict", text, "prefetch.patient")
    return Need("incomplete", "Not obtained: patient. Supply the Patient of the context.", "prefetch.patient")
