"""A Kubernetes object as a value: what it is, where it goes, what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object to be. `fields` are its top-level keys beside apiVersion, kind and metadata."""

    api_version: str
    kind: str
    name: str
    labels: JsonObject
    fields: JsonObject
    namespace: str = ""
    annotations: JsonObject | None = None

    @property
    def metadata(self) -> JsonObject:
        """The object's metadata, without what is empty."""
        parts = {"name": self.name, "namespace": self.namespace, "labels": self.labels, "annotations": self.annotations}
        return {key: value for key, value in parts.items() if value}

    @property
    def body(self) -> JsonObject:
        """The whole object as Kubernetes reads it."""
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": self.metadata, **self.fields}
