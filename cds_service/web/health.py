"""Health of the process, for container engines and load balancers. Says nothing about any EHR."""

from flask import Blueprint


def blueprint(knowledge_version: str) -> Blueprint:
    """`/healthz/live`: the process answers. `/healthz/ready`: rules are loaded, hooks are welcome."""
    pages = Blueprint("health", __name__, url_prefix="/healthz")

    @pages.get("/live")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @pages.get("/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready", "knowledgeVersion": knowledge_version}

    return pages
