"""A FHIR server that does what it is told by its address: `http://host/<fault>/<where>/...`.

`<where>` is the resource type that meets the fault (`all...` for every one); others are answered well.
`GET /seen` tells every request so far, with its headers. Run it as a process:

    python -m tests.support.stub_fhir_server RESOURCES.json OTHER_URL

It prints `Ready: <url>`. RESOURCES.json is a list of FHIR resources; OTHER_URL is where it leads astray.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support import stub_content  # noqa: F401 - its faults are known once it is imported
from tests.support.stub_faults import FAULTS, Exchange, bomb

Json = dict[str, Any]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, resources: list[Json], astray: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resources = resources
        self.astray = astray
        self.seen: list[Json] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/seen":
            self._say(self.server.seen)
            return
        self.server.seen.append({"path": self.path, "headers": dict(self.headers)})
        _, fault, where, *rest = urlsplit(self.path).path.split("/")
        kind = rest[0] if rest else ""
        base = f"http://{self.headers['Host']}/{fault}/{where}"
        found = self._answer(kind, rest[1:], base)
        if (where == kind or where.startswith("all")) and fault in FAULTS:
            before = sum(one["path"] == self.path for one in self.server.seen)
            FAULTS[fault](Exchange(self, kind, base, found, self.server.astray, before))
        else:
            self._say(found, 404 if found == _nothing() else 200)

    def _say(self, body: Any, status: int = 200) -> None:
        Exchange(self, "", "", body, "", 0).say(body, status)

    def _answer(self, kind: str, rest: list[str], base: str) -> Json:
        asked = parse_qs(urlsplit(self.path).query)
        of_kind = [one for one in self.server.resources if one["resourceType"] == kind]
        if rest:
            return next((one for one in of_kind if one["id"] == rest[0]), _nothing())
        return _searchset([one for one in of_kind if _matches(one, asked)], base, kind)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _nothing() -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}


def _searchset(found: list[Json], base: str, kind: str) -> Json:
    entries = [{"fullUrl": f"{base}/{kind}/{one['id']}", "resource": one} for one in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}


def _matches(resource: Json, asked: dict[str, list[str]]) -> bool:
    wanted = {token for value in asked.get("code", []) for token in value.split(",")}
    categories = {token for value in asked.get("category", []) for token in value.split(",")}
    about = resource.get("subject", {}).get("reference", "")
    mine = about == f"Patient/{asked['patient'][0]}" if "patient" in asked else True
    coded = not wanted or any(_token(coding) in wanted for coding in resource["code"]["coding"])
    return mine and coded and (not categories or bool(categories & _categories(resource)))


def _token(coding: Json) -> str:
    return f"{coding.get('system')}|{coding.get('code')}"


def _categories(resource: Json) -> set[str]:
    return {coding["code"] for one in resource.get("category", []) for coding in one["coding"]}


def main() -> None:
    """Serve until killed."""
    resources, astray = json.loads(Path(sys.argv[1]).read_bytes()), sys.argv[2]
    server = _Server(resources, astray)
    bomb()
    sys.stdout.write(f"Ready: http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(0.05)


if __name__ == "__main__":
    main()
