"""The journal's changes as data: which were made, and what became of each device."""

from __future__ import annotations

from collections import Counter

from network.journal import ChangeLog, Journal
from ops.plan import JsonObject


def changes_data(journal: Journal) -> list[JsonObject]:
    """Every change, the newest first, with a count of its devices' states."""
    return [{**_head(log), "states": dict(Counter(note["state"] for note in log.states().values()))} for log in reversed(journal.changes())]


def change_data(log: ChangeLog) -> JsonObject:
    """One change, and the last word on each of its devices."""
    devices = [
        {
            "device": device,
            "state": note["state"],
            "at": note["at"],
            "error": note.get("error", ""),
            "snapshot": log.before(device) is not None,
        }
        for device, note in log.states().items()
    ]
    return {**_head(log), "devices": devices}


def _head(log: ChangeLog) -> JsonObject:
    facts = log.facts
    return {key: facts.get(key, "") for key in ("change", "kind", "author", "began")}
