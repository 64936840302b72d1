"""Pulumi's engine events as changes and errors of ours.

Only objects of Kubernetes count: the stack, its components and its provider are Pulumi's own bookkeeping.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ops.plan import digest
from stacks.engine.change import Action, Change
from stacks.engine.properties import PropertyChange, differences
from stacks.engine.scope import EVERYTHING, Scope
from stacks.guard.verdict import Verdict, verdict_of

KUBERNETES = "kubernetes:"
_ACTIONS = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "import": Action.CREATE,
}
"""`delete-replaced` is left out: it is the other half of a replacement."""
_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(slots=True)
class Listener:
    """Collects one run's events. `after` says whether a step counts when it is planned or when its outcome is known."""

    on_object: Callable[[str], None]
    after: bool = False
    scope: Scope = EVERYTHING
    changes: dict[str, Change] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    identity: tuple[str, str] = ("", "")
    """The cluster that the stack was deployed to, and the one that is there now."""

    def __call__(self, event: Any) -> None:
        """One `EngineEvent`."""
        if event.diagnostic_event is not None and event.diagnostic_event.severity == "error":
            self.errors.append(event.diagnostic_event.message)
        if getattr(event, "policy_event", None) is not None:
            self.verdicts.append(verdict_of(event.policy_event))
        step = event.res_outputs_event or (None if self.after else event.resource_pre_event)
        if step is None:
            return
        metadata = step.metadata
        if metadata.type == _STACK_TYPE:
            self._note_identity(metadata)
        elif metadata.type.startswith(KUBERNETES) and self.scope.covers(metadata.urn):
            self._note(metadata, done=event.res_outputs_event is not None)

    def _note(self, metadata: Any, *, done: bool) -> None:
        if done and metadata.urn not in self.seen:
            self.seen.add(metadata.urn)
            self.on_object(metadata.urn.rpartition("::")[2])
        action = _ACTIONS.get(str(getattr(metadata.op, "value", metadata.op)))
        if action is not None and (self.after == done or not done):
            self.changes[metadata.urn] = _change(action, metadata)

    def _note_identity(self, metadata: Any) -> None:
        old, new = ((state.outputs or {}).get("cluster", "") if state else "" for state in (metadata.old, metadata.new))
        self.identity = (str(old or self.identity[0]), str(new or self.identity[1]))


def _change(action: Action, metadata: Any) -> Change:
    before = dict(metadata.old.inputs or {}) if metadata.old else {}
    after = dict(metadata.new.inputs or {}) if metadata.new else {}
    known = after or before or dict(metadata.old.outputs or {})
    place = known.get("metadata") or {}
    both = before and after and action in (Action.UPDATE, Action.REPLACE)
    properties: tuple[PropertyChange, ...] = tuple(differences(before, after)) if both else ()
    kind = str(known.get("kind") or metadata.type.rpartition(":")[2])
    is_told = action is Action.UPDATE and properties
    contents = digest(after) if after and not is_told else ""  # secrets in it come masked from Pulumi
    return Change(action, kind, str(place.get("name", "")), str(place.get("namespace") or ""), properties, contents)
