"""From (apiVersion, kind) to a URL: discovery, asked once per API group and kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ops.language import _
from stacks.cluster.client import Cluster
from stacks.cluster.errors import Missing, Refused


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is addressed at its API server."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str = "") -> str:
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if self.namespaced and namespace else f"{root}/{self.plural}"

    def path(self, name: str, namespace: str = "") -> str:
        return f"{self.collection(namespace)}/{name}"


class Kinds:
    """The kinds that a cluster serves."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, dict[str, Kind]] = {}
        self._lock = threading.Lock()

    def find(self, api_version: str, kind: str) -> Kind:
        """The kind as served; raises `Refused` if the cluster doesn't know it."""
        with self._lock:
            served = self._known.get(api_version)
            if served is None:
                served = self._known[api_version] = self._ask(api_version)
        if kind not in served:
            raise Refused(
                _("the cluster doesn't serve {api_version} {kind}").format(api_version=api_version, kind=kind),
                status=404,
                hint=_("kubectl api-resources lists what it serves"),
            )
        return served[kind]

    def _ask(self, api_version: str) -> dict[str, Kind]:
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listing = self._cluster.request("GET", path)
        except Missing:
            return {}
        return {
            entry["kind"]: Kind(api_version, entry["kind"], entry["name"], bool(entry["namespaced"]))
            for entry in listing.get("resources", ())
            if "/" not in entry["name"]
        }
