"""Neither the token nor the patient reaches the log, whatever fails."""

import threading
from pathlib import Path

from tests.fhir.ehr import TOKEN, Ehr, keys, patient_of

FAULTS = ("ok", "bad-header", "status-401", "redirect-302", "reset", "no-json", "foreign-next", "cut-chunks")
WRITING_LIMIT = 10.0  # s until a line must be there
PAUSE = 0.05


def line_of(log: Path, instance: str) -> str:
    """The log up to the line of a call, which is written beside the answer."""
    pause = threading.Event()
    for _ in range(int(WRITING_LIMIT / PAUSE)):
        text = log.read_text(errors="replace")
        if instance in text:
            return text
        pause.wait(PAUSE)
    raise AssertionError("the call left no line")


def test_the_log_holds_no_token_and_no_patient(ehr: Ehr, service_log: Path) -> None:
    request = patient_of().request
    for fault in FAULTS:
        ehr.call(f"{fault}/all-log", without=keys())
    instance = "0f6e6f5e-7d8a-4b7e-9a51-0d3d7f3f0a11"
    ehr.call(None, hookInstance=instance)
    log = line_of(service_log, instance)
    assert TOKEN not in log
    assert TOKEN[-12:] not in log
    assert request["context"]["patientId"] not in log
    assert "Testpatient" not in log
