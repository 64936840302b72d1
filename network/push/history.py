"""The journal's changes as data: which were made, and what became of each device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from network.push.journal import ARMED, FAILED, ROLLED_BACK, STUCK, ChangeLog, Journal
from ops.control import Control
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import JsonObject

if TYPE_CHECKING:
    from ops.record import Attempt

UNDONE = frozenset({ARMED, FAILED, ROLLED_BACK, STUCK})
"""States of a device that a change did not bring to its target."""
NETWORK = "net-"
"""How the kinds of the network's changes begin."""


def changes_data(journal: Journal, names: Sequence[str] = ()) -> list[JsonObject]:
    """Every change, the newest first, with a count of its devices' states; of these devices alone, if any are named."""
    found = []
    for log in reversed(journal.changes()):
        states = [note["state"] for device, note in log.states().items() if not names or device in names]
        if states or not names:
            found.append({**_head(log), "states": dict(Counter(states))})
    return found


def failed_last(journal: Journal, names: Sequence[str]) -> tuple[str, ...]:
    """Those of these devices that the last push did not bring to their target, in the same order."""
    pushes = [log for log in journal.changes() if log.facts.get("kind") == "net-push"]
    if not pushes:
        raise UsageProblem(_("no push is on record"), hint="citynode net push")
    states = {device: note["state"] for device, note in pushes[-1].states().items()}
    failed = tuple(name for name in names if states.get(name) in UNDONE)
    if not failed:
        raise UsageProblem(
            _("{change} left none of these routers failed").format(change=pushes[-1].change_id),
            hint="citynode net history " + pushes[-1].change_id,
        )
    return failed


def unfinished_change(control: Control, change: str = "") -> Attempt:
    """The network's change that was cut off: the one named, or the only one there is."""
    from ops.record import Record, find

    runs = [run for run in Record.open(control).runs(unfinished=True) if run.kind.startswith(NETWORK)]
    if change:
        return find(runs, change)
    if not runs:
        raise UsageProblem(_("no change of the network is unfinished"), hint="citynode net history")
    if len(runs) > 1:
        raise UsageProblem(
            _("{count} changes of the network are unfinished").format(count=len(runs)),
            hint=_("name one: {names}").format(names=", ".join(run.change_id for run in runs)),
        )
    return runs[0]


def change_data(log: ChangeLog, names: Sequence[str] = ()) -> JsonObject:
    """One change, and the last word on each of its devices, or of those named."""
    devices = [
        {
            "device": device,
            "state": note["state"],
            "at": note["at"],
            "error": note.get("error", ""),
            "snapshot": log.before(device) is not None,
        }
        for device, note in log.states().items()
        if not names or device in names
    ]
    return {**_head(log), "devices": devices}


def _head(log: ChangeLog) -> JsonObject:
    facts = log.facts
    return {key: facts.get(key, "") for key in ("change", "kind", "author", "began")}
