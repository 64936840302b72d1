"""What a run would change, did change, or found changed: values that every output form is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stacks.engine.properties import PropertyChange
from stacks.guard.verdict import Verdict


class Action(StrEnum):
    """What happens to an object; in a drift report, what happened to it behind our back."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One object that changes."""

    action: Action
    kind: str
    name: str
    namespace: str = ""
    properties: tuple[PropertyChange, ...] = ()
    contents: str = ""
    """The hash of all that the object is declared as, where `properties` don't say what it will be: a new one, above all."""

    @property
    def zone(self) -> str:
        """The zone that it is part of; empty for the centre's foundation."""
        return self.name if self.kind == "Namespace" else self.namespace

    @property
    def title(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    def as_data(self) -> dict[str, Any]:
        """The change for JSON: what, where, and each property with both values."""
        return {
            "action": str(self.action),
            "zone": self.zone,
            "kind": self.kind,
            "name": self.name,
            "contents": self.contents,
            "properties": [{"path": prop.text, "before": prop.before, "after": prop.after} for prop in self.properties],
        }


@dataclass(frozen=True, slots=True)
class CentreRun:
    """One centre's part of a run."""

    name: str
    changes: tuple[Change, ...]
    objects: int
    seconds: float
    deployed: bool = True
    error: Exception | None = None
    verdicts: tuple[Verdict, ...] = ()
    """What policies say that an exemption covers."""

    def count(self, action: Action) -> int:
        """How many objects it is done to."""
        return sum(change.action is action for change in self.changes)

    def as_data(self) -> dict[str, Any]:
        """The run for JSON."""
        counts: dict[str, int] = {str(action): self.count(action) for action in Action}
        failure = {"error": str(self.error)} if self.error else {}
        return {
            "name": self.name,
            "changes": len(self.changes),
            **counts,
            "objects": self.objects,
            "deployed": self.deployed,
            "seconds": round(self.seconds, 2),
            "details": [change.as_data() for change in self.changes],
            "policy": [verdict.as_data() for verdict in self.verdicts],
            **failure,
        }
