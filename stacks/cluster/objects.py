"""Objects of a cluster: read, server-side apply, delete and wait, with conflicts that name the owning manager."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ops.language import _
from stacks.cluster.client import APPLY, MERGE, Cluster
from stacks.cluster.errors import FieldOwned, Missing, Refused, Stuck
from stacks.cluster.kinds import Kinds
from stacks.cluster.login import JsonObject
from stacks.cluster.owners import Conflict, conflicts, is_hand

POLL_SECONDS = 0.2


class Objects:
    """The objects of one cluster, written under one stable field manager."""

    def __init__(self, cluster: Cluster, *, manager: str, force: bool = False) -> None:
        self.cluster = cluster
        self.kinds = Kinds(cluster)
        self._manager = manager
        self._force = force

    def read(self, api_version: str, kind: str, name: str, namespace: str = "") -> JsonObject | None:
        """The live object, or None if it isn't there (or is there but on its way out)."""
        try:
            live = self.cluster.request("GET", self.kinds.find(api_version, kind).path(name, namespace))
        except Missing:
            return None
        return None if live["metadata"].get("deletionTimestamp") else live

    def apply(self, body: Mapping[str, Any], *, dry_run: bool = False, force: bool = False) -> JsonObject:
        """Create or change the object so that our fields are as given.

        Fields that a person changed by hand with a command-line client are taken back; a field of another
        declarative owner or of a controller raises `FieldOwned`, unless force is asked for.
        """
        must = force or self._force
        answer = self._settled(body, dry_run=dry_run, force=must)
        if not answer["metadata"].get("deletionTimestamp") or dry_run:
            return answer
        kind, metadata = self.kinds.find(body["apiVersion"], body["kind"]), body["metadata"]
        self._wait_gone(kind.path(metadata["name"], metadata.get("namespace", "")), title_of(body), 60.0)
        return self._settled(body, dry_run=False, force=must)

    def remove_fields(self, body: Mapping[str, Any], patch: JsonObject) -> JsonObject:
        """Remove fields by a JSON merge patch: what a hand added beside ours, which server-side apply leaves alone."""
        metadata = body["metadata"]
        path = self.kinds.find(body["apiVersion"], body["kind"]).path(metadata["name"], metadata.get("namespace", ""))
        return self.cluster.request("PATCH", path, body=patch, query={"fieldManager": self._manager}, media=MERGE)

    def _settled(self, body: Mapping[str, Any], *, dry_run: bool, force: bool) -> JsonObject:
        try:
            return self._patch(body, dry_run=dry_run, force=force)
        except Refused as refused:
            found = conflicts(refused) if refused.status == 409 else ()
            if not found:
                raise
            if all(is_hand(conflict) for conflict in found):
                return self._patch(body, dry_run=dry_run, force=True)
            raise owned(body, found) from refused

    def _patch(self, body: Mapping[str, Any], *, dry_run: bool, force: bool) -> JsonObject:
        metadata = body["metadata"]
        kind = self.kinds.find(body["apiVersion"], body["kind"])
        query = {"fieldManager": self._manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = kind.path(metadata["name"], metadata.get("namespace", ""))
        return self.cluster.request("PATCH", path, body=body, query=query, media=APPLY)

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "", *, seconds: float = 120.0) -> None:
        """Delete the object and return when it is gone; one that isn't there is fine."""
        path = self.kinds.find(api_version, kind).path(name, namespace)
        try:
            answer = self.cluster.request("DELETE", path, query={"propagationPolicy": "Background"})
        except Missing:
            return
        if answer.get("kind") == "Status":
            return
        self._wait_gone(path, f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}", seconds)

    def _wait_gone(self, path: str, title: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        live: JsonObject = {}
        while time.monotonic() < end:
            try:
                live = self.cluster.request("GET", path)
            except Missing:
                return
            time.sleep(POLL_SECONDS)
        raise stuck(title, live, seconds)


def title_of(body: Mapping[str, Any]) -> str:
    """Kind, namespace and name as an operator says them."""
    metadata = body["metadata"]
    return f"{body['kind']} " + "/".join(part for part in (metadata.get("namespace", ""), metadata["name"]) if part)


def owned(body: Mapping[str, Any], found: tuple[Conflict, ...]) -> FieldOwned:
    """The error for fields that other managers own."""
    held = _("{field} is owned by {manager}")
    return FieldOwned(
        _("{title} has fields that somebody else manages").format(title=title_of(body)),
        why="; ".join(held.format(field=conflict.field, manager=conflict.manager) for conflict in found),
        hint=_("let that manager give the field up, leave it out of the zone, or take it: citynode stack up --force"),
    )


def stuck(title: str, live: JsonObject, seconds: float) -> Stuck:
    """The error for a deletion that doesn't end, naming what holds it."""
    finalizers = [*live.get("metadata", {}).get("finalizers", ()), *live.get("spec", {}).get("finalizers", ())]
    said = [
        condition["message"]
        for condition in live.get("status", {}).get("conditions", ())
        if condition.get("status") == "True" and condition.get("message")
    ]
    held = _("finalizers: {names}").format(names=", ".join(finalizers)) if finalizers else _("it is still there")
    return Stuck(
        _("{title} is still being deleted after {seconds:g} s").format(title=title, seconds=seconds),
        why="; ".join(said) or held,
        hint=_("end what holds it, or look at the controller manager: citynode lab status"),
    )
