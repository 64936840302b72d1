"""The API server as a node's agent sees it: lists, watches and one kind of note, over TLS that is verified both ways.

Standard library only: the agent runs in every centre, and what it imports it keeps in memory.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Final

from lab.fences.settings import Settings

WATCH_SECONDS: Final = 300
"""How long a watch lasts before it is begun anew: so long may a server that hangs stay unnoticed."""
GRACE: Final = 20
MANAGER: Final = "citynode-fences"
GONE: Final = 410
Raw = Mapping[str, Any]


class Lost(Exception):
    """The API server doesn't answer, or not as it should; the words say how."""


class Expired(Exception):
    """The watch's place in the server's history is gone: list anew."""


class Api:
    """Signs in with the agent's own certificate; may look at what it enforces, and write Events."""

    def __init__(self, settings: Settings) -> None:
        self._place = (settings.server, settings.port)
        self._trust = ssl.create_default_context(cafile=settings.authority)
        self._trust.load_cert_chain(settings.certificate, settings.key)

    def list(self, path: str) -> tuple[list[Raw], str]:
        """All objects, and the version of the world that they are of."""
        with closing(self._ask("GET", path, seconds=GRACE)) as answer:
            try:
                found = json.load(answer)
            except (OSError, http.client.HTTPException, ValueError) as broken:
                raise Lost(str(broken)) from broken
        return found["items"], found["metadata"]["resourceVersion"]

    def watch(self, path: str, version: str) -> Iterator[tuple[str, Raw]]:
        """Every change after that version: its kind and the object; ends after some minutes."""
        query = f"watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
        with closing(self._ask("GET", f"{path}?{query}", seconds=WATCH_SECONDS + GRACE)) as answer:
            try:
                for line in answer:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise Expired if event["object"].get("code") == GONE else Lost(event["object"].get("message", "an error"))
                    yield event["type"], event["object"]
            except (OSError, http.client.HTTPException, ValueError) as broken:
                raise Lost(str(broken)) from broken

    def apply(self, path: str, item: Raw) -> None:
        """Make the object so (server-side apply)."""
        where = f"{path}?fieldManager={MANAGER}&force=true"
        self._ask("PATCH", where, json.dumps(item).encode(), "application/apply-patch+yaml", seconds=GRACE).close()

    def _ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json", *, seconds: float
    ) -> http.client.HTTPResponse:
        """The answer, on a connection that ends with it."""
        line = http.client.HTTPSConnection(*self._place, timeout=seconds, context=self._trust)
        try:
            line.request(method, path, body, {"Content-Type": kind, "Accept": "application/json", "Connection": "close"})
            answer = line.getresponse()
            if answer.status == GONE:
                raise Expired
            if answer.status >= 300:
                raise Lost(f"{method} {path.partition('?')[0]}: {answer.status} {_said(answer.read())}")
        except (OSError, http.client.HTTPException) as broken:
            line.close()
            raise Lost(str(broken)) from broken
        except (Lost, Expired):
            line.close()
            raise
        return answer


def _said(body: bytes) -> str:
    """The words of a refusal, on one line."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").replace("\n", " ")[:200]
