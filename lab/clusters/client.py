"""A few requests to a cluster's API server over verified TLS: enough to start a cluster and to look at it.

Stacks and everything else that works with Kubernetes uses its own client; this one keeps `lab status` quick.
"""

from __future__ import annotations

import http.client
import json
import ssl
from functools import cached_property
from typing import Any, Final

from lab.clusters.layout import API_PORT, Cluster
from lab.errors import LabFailed
from ops.language import _

FIELD_MANAGER: Final = "citynode-lab"


class NoAnswer(LabFailed):
    """The API server can't be reached."""


class Refused(LabFailed):
    """The API server answered, with an error."""


class Client:
    """Signs in as one of the cluster's identities."""

    def __init__(self, cluster: Cluster, who: str, *, timeout: float = 5.0) -> None:
        self._cluster = cluster
        self._who = who
        self._timeout = timeout

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._cluster.pki / "ca.crt")
        context.load_cert_chain(self._cluster.pki / f"{self._who}.crt", self._cluster.pki / f"{self._who}.key")
        return context

    def get(self, path: str) -> Any:
        """The parsed answer (text where it isn't JSON)."""
        return self._ask("GET", path)

    def apply(self, item: dict[str, Any], path: str) -> None:
        """Create the object or make it so (server-side apply)."""
        where = f"{path}/{item['metadata']['name']}?fieldManager={FIELD_MANAGER}&force=true"
        self._ask("PATCH", where, json.dumps(item).encode(), "application/apply-patch+yaml")

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        try:
            connection = http.client.HTTPSConnection(str(self._cluster.management), API_PORT, timeout=self._timeout, context=self._trust)
            try:
                connection.request(method, path, body, {"Content-Type": kind, "Accept": "application/json"})
                answer = connection.getresponse()
                text = answer.read().decode(errors="replace")
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as failed:
            raise NoAnswer(
                _("the API server of {centre} does not answer").format(centre=self._cluster.centre),
                why=str(failed),
                hint=_("citynode lab status; citynode lab up heals it"),
            ) from failed
        if answer.status >= 300:
            refused = _("the API server of {centre} refused {method} {path}")
            raise Refused(refused.format(centre=self._cluster.centre, method=method, path=path.partition("?")[0]), why=text[:300])
        return json.loads(text) if text.startswith(("{", "[")) else text
