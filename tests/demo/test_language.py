"""The demo in the language of the browser, and the service asked for cards in it."""

import pytest
import requests

from tests.demo.conftest import CARD, ROSA, StubService, text_of
from tests.support.demo import SECONDS

SPANISH = {"Accept-Language": "es-AR,es;q=0.9"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["Pacientes", "mujer", "Rosuvastatina 20 mg desde hace tres semanas"]),
        (f"/patients/{ROSA}", ["Medicamentos", "vigente", "¿Qué piernas?", "Aceptar", "Advertencia"]),
        (f"/patients/{ROSA}/soreness", ["Dolor referido", "Guardar y abrir la historia"]),
        ("/patients/nobody", ["Esto no es posible", "Aquí no hay ningún paciente así."]),
        ("/oauth/authorize?client_id=x", ["Esto no es posible"]),
    ],
)
def test_a_page_is_in_spanish(
    ehr: str,
    stub: StubService,
    session: requests.Session,
    path: str,
    words: list[str],
) -> None:
    stub.show(CARD)
    page = session.get(f"{ehr}{path}", headers=SPANISH, timeout=SECONDS)
    assert page.headers["Content-Language"] == "es"
    for word in words:
        assert word in text_of(page.text)


def test_the_service_is_asked_in_the_language_of_the_browser(
    ehr: str, stub: StubService, session: requests.Session
) -> None:
    session.get(f"{ehr}/patients/{ROSA}", headers=SPANISH, timeout=SECONDS)
    assert stub.languages == ["es-AR,es;q=0.9"]


def test_a_service_that_cannot_be_understood_is_told_in_spanish(
    ehr: str, stub: StubService, session: requests.Session
) -> None:
    stub.answer = b"no JSON"
    page = session.get(f"{ehr}/patients/{ROSA}", headers=SPANISH, timeout=SECONDS)
    assert "No se puede leer la respuesta del servicio" in page.text
