"""`/version`: what runs here, for a signed caller or an operator. Others could use it to choose an attack."""

import platform
from http import HTTPStatus

from flask import Blueprint

from cds_service import __version__
from cds_service.store import Store, StoreUnavailableError
from cds_service.store.schema_revision import revision_of
from cds_service.web.doors import Doors
from cds_service.web.errors import Problem, Refusal
from cds_service.web.lobby import Lobby


def blueprint(knowledge_version: str, store: Store | None, doors: Doors, lobby: Lobby | None) -> Blueprint:
    """The page; `lobby` is None where there are no operators."""
    pages = Blueprint("version", __name__)

    @pages.get("/version")
    def tell() -> dict[str, str | None]:
        if lobby is None or not lobby.admits():
            doors.to_version()
        return {
            "version": __version__,
            "knowledgeVersion": knowledge_version,
            "schemaRevision": _schema_of(store) if store else None,
            "pythonVersion": platform.python_version(),
        }

    return pages


def _schema_of(store: Store) -> str:
    """The schema the database has now, which a migration may have moved on since the start."""
    try:
        with store.reading() as connection:
            return revision_of(connection)
    except StoreUnavailableError as error:
        problem = Problem("transient", "The store cannot be read now. Try again in a moment.")
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem, retry_after=5) from error
