"""What the provider does to one resource, as plain functions of plain trees; the gRPC face is in `servicer`."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from stacks.cluster.errors import Missing, Refused
from stacks.cluster.objects import Objects
from stacks.engine.properties import PropertyChange, differences
from stacks.guard.refused import by_our_policy
from stacks.provider.projection import IMPORTED, inputs_of, leftovers, state_of
from stacks.provider.rules import REFUSED_KINDS, forces_replacement, same_identity
from stacks.provider.waiting import settled
from stacks.provider.wire import has_unknown

Tree = dict[str, Any]
POLICY_SECONDS, POLICY_BREATH = 10.0, 0.5
"""A policy may change in the same run, and an API server takes a second or two to go by it. Zones don't wait for policies by
`depends_on`: a run that is targeted at one zone would then have to take the others along."""

UNCHANGEABLE = re.compile(r"field is immutable|cannot change|may not change|updates to .* forbidden|when `immutable` is set")
"""How an API server says that a live object won't take a change (Kubernetes 1.37, pkg/apis/*/validation)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two declarations, and which of it needs a new object."""

    changes: tuple[PropertyChange, ...]
    replaces: tuple[PropertyChange, ...]
    delete_first: bool


@dataclass(slots=True)
class Resources:
    """The resources of one cluster. `namespace` is where namespaced objects go that name none."""

    objects: Objects
    namespace: str = ""
    _absent: set[str] = field(default_factory=set)
    """Namespaces that a preview found missing: nothing can be dry-run inside them."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, inputs: Tree, *, preview: bool, seconds: float = 0.0) -> tuple[str, Tree]:
        """The new object's id and state; in a preview as the API server would make it, as far as it can tell."""
        if preview:
            return "", self._rehearse_new(inputs)
        return identifier(inputs), state_of(settled(self.objects, inputs, self._applied(inputs), seconds=seconds))

    def update(self, old_inputs: Tree, inputs: Tree, *, preview: bool, seconds: float = 0.0) -> Tree:
        """The changed object's state."""
        if preview:
            return self._rehearse(inputs)
        live = self._applied(inputs)
        patch = leftovers(live, old_inputs, inputs)
        live = self.objects.remove_fields(inputs, patch) if patch else live
        return state_of(settled(self.objects, inputs, live, seconds=seconds))

    def read(self, inputs: Tree, recorded: Tree) -> tuple[Tree, Tree] | None:
        """The live object as (state, inputs), or None if it is gone."""
        known = inputs or recorded
        metadata = known["metadata"]
        live = self.objects.read(known["apiVersion"], known["kind"], metadata["name"], metadata.get("namespace", ""))
        return None if live is None else (state_of(live), inputs_of(live, inputs, recorded))

    def delete(self, state: Tree, *, seconds: float) -> None:
        """Delete the object and wait until it is gone."""
        metadata = state["metadata"]
        try:
            self.objects.delete(state["apiVersion"], state["kind"], metadata["name"], metadata.get("namespace", ""), seconds=seconds)
        except Missing:
            return

    def _applied(self, inputs: Tree) -> Tree:
        """The object as it is now; what a policy of ours refuses is tried again until a change of that policy has got about."""
        end = time.monotonic() + POLICY_SECONDS
        while True:
            try:
                return self.objects.apply(inputs)
            except Refused as refused:
                if not by_our_policy(refused) or time.monotonic() > end:
                    raise
            time.sleep(POLICY_BREATH)

    def _rehearse_new(self, inputs: Tree) -> Tree:
        """As `_rehearse`; where the object that is to be replaced is still in the way, what will come is what was asked for."""
        try:
            return self._rehearse(inputs)
        except Refused as refused:
            if refused.status == 422 and UNCHANGEABLE.search(refused.why):
                return inputs
            raise

    def _rehearse(self, inputs: Tree) -> Tree:
        """A server-side dry run; the inputs where the server can't tell yet because a namespace is still to come."""
        namespace = inputs["metadata"].get("namespace", "")
        if has_unknown(inputs) or namespace in self._absent:
            return inputs
        try:
            live = self.objects.apply(inputs, dry_run=True)
        except Missing:
            with self._lock:
                self._absent.add(namespace)
            return inputs
        except Refused as refused:
            if refused.status == 404 or by_our_policy(refused):  # what counts are the policies to be: the pack has judged by them
                return inputs
            raise
        if inputs["kind"] == "Namespace" and not live["metadata"].get("resourceVersion"):
            with self._lock:
                self._absent.add(inputs["metadata"]["name"])
        return {**state_of(live), "metadata": inputs["metadata"]}


def check(inputs: Tree, olds: Tree, *, token: str, title: str, seed: bytes, namespace: str) -> tuple[Tree, list[str]]:
    """The inputs with defaults filled in, and why they are refused, if they are."""
    kind = str(inputs.get("kind", ""))
    if token.endswith("Patch") and not kind.endswith("Patch"):
        return inputs, ["Patch resources are not supported by this provider; declare the object itself"]
    if kind in REFUSED_KINDS:
        return inputs, [f"{kind} is not supported by this provider: {REFUSED_KINDS[kind]}"]
    if not kind or not inputs.get("apiVersion"):
        return inputs, [f"{token} is not a Kubernetes object (apiVersion and kind are missing); this provider serves plain objects only"]
    metadata = dict(inputs.get("metadata") or {})
    if not metadata.get("name"):
        known = (olds.get("metadata") or {}).get("name")
        metadata["name"] = known or f"{title}-{hashlib.sha256(seed).hexdigest()[:8]}"
    if namespace and not metadata.get("namespace"):
        metadata["namespace"] = namespace
    return {**inputs, "metadata": metadata}, []


def diff(old: Tree, new: Tree) -> Difference:
    """How two declarations of a resource differ; what was imported may say more than its declaration does."""
    imported = bool(old.get(IMPORTED))
    old = {key: value for key, value in old.items() if key != IMPORTED}
    changes = tuple(change for change in differences(old, new) if not (imported and change.after is None))
    sealed = bool(old.get("immutable"))
    replaces = tuple(change for change in changes if forces_replacement(str(new.get("kind")), change, sealed=sealed))
    return Difference(changes, replaces, delete_first=bool(replaces) and same_identity(old, new))


def identifier(inputs: Tree) -> str:
    """`namespace/name`, or `name` of an object without a namespace: the official provider's form."""
    metadata = inputs["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def from_token(token: str, id_: str) -> Tree:
    """What a type token and an id say of an object that nothing else is known of (an import)."""
    _, group, kind = token.split(":")
    namespace, _, name = id_.rpartition("/")
    version = group.removeprefix("core/")
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}}
