"""Drills that were begun and have no end: they go on now, or were cut off and wait for the same command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dr.workspace import workspace_name
from ops.language import _

if TYPE_CHECKING:
    from ops.control import Control
    from ops.plan import JsonObject
    from ops.record import Attempt

KIND = "dr.drill"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A drill without an end."""

    group: str
    drill: str
    change_id: str
    author: str
    began: str
    source: str
    target: str
    is_going_on: bool
    """A process is at work on it now."""

    @property
    def workspace(self) -> str:
        """The name of what it made in the databases."""
        return workspace_name(self.group, self.drill)

    def says(self) -> str:
        """One sentence, with the next step."""
        if self.is_going_on:
            sentence = _("a drill is going on: {source} -> {target} ({change})")
        else:
            sentence = _("unfinished: drill {source} -> {target} ({change}); the same command goes on with it, {command} gives it up")
        return sentence.format(source=self.source, target=self.target, change=self.change_id, command=give_up(self.group))

    def as_data(self) -> JsonObject:
        return {
            "drill": self.drill,
            "group": self.group,
            "from": self.source,
            "to": self.target,
            "change_id": self.change_id,
            "author": self.author,
            "began": self.began,
            "going_on": self.is_going_on,
        }


def unfinished_drills(control: Control) -> dict[str, Unfinished]:
    """The unfinished drill of each group that has one."""
    from ops.record import Record

    runs = [run for run in Record.open(control).runs(unfinished=True) if run.kind == KIND]
    busy = {held.name for held in control.leases.held()} if runs else set()
    return {found.group: found for found in (_of(run, busy) for run in reversed(runs))}


def subject_of(group: str) -> str:
    return f"group:{group}"


def give_up(group: str) -> str:
    """The command that ends a drill half-way and removes what it made."""
    return f"citynode dr drill abort --group {group}"


def _of(run: Attempt, busy: set[str]) -> Unfinished:
    known = run.payload
    return Unfinished(
        run.subject.partition(":")[2],
        str(known["drill"]),
        run.change_id,
        run.author,
        run.begun,
        str(known["source"]),
        str(known["target"]),
        f"{run.scope}/{run.kind}:{run.subject}" in busy,
    )
