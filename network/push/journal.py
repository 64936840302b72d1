"""What a change did to each device: snapshots from before it, and an append-only, synced line for every turn.

A snapshot is written once and never replaced, so that a run that died in the middle and is taken up again still knows
what a device held before the first try. This journal refuses to forget: nothing here deletes.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from network.errors import JournalFailed
from ops import jsonl
from ops.errors import UsageProblem
from ops.language import N_, WORD, _
from ops.suggest import unknown

ARMED, KEPT, ROLLED_BACK = N_("armed", WORD), N_("kept", WORD), N_("rolled-back", WORD)
STUCK, FAILED, UNCHANGED = N_("stuck", WORD), N_("failed", WORD), N_("unchanged", WORD)
"""A device's states: snapshot taken and lines on their way; verified; back to before; neither; not begun; nothing to do."""

KNOWN_CHANGES = 20
"""Of how many changes, the last ones, a trial that was left behind is recognised as ours."""

_SAFE = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True)
class ChangeLog:
    """One change's part of the journal."""

    change_id: str
    folder: Path

    def describe(self, facts: Mapping[str, Any]) -> None:
        """Say what the change is; the first word stands."""
        path = self.folder / "change.json"
        if not path.exists():
            _write(path, json.dumps({"change": self.change_id, "began": _now(), **facts}, indent=1))

    @property
    def facts(self) -> dict[str, Any]:
        path = self.folder / "change.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {"change": self.change_id}

    def keep(self, device: str, running: str) -> str:
        """The device's configuration from before the change: `running` at the first call, the same text ever after."""
        path = self.folder / f"{device}.before"
        if not path.exists():
            _write(path, running)
        return path.read_text(encoding="utf-8")

    def before(self, device: str) -> str | None:
        """The snapshot, if one was taken."""
        path = self.folder / f"{device}.before"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def note(self, device: str, state: str, **facts: Any) -> None:
        """Append what became of a device."""
        path = self.folder / "devices.jsonl"
        with written(path):
            jsonl.append(path, {"at": _now(), "device": device, "state": state, **facts})

    def notes(self) -> Iterator[dict[str, Any]]:
        """Every line, oldest first; a last line that was cut by a crash is left out."""
        return jsonl.read(self.folder / "devices.jsonl")

    def states(self) -> dict[str, dict[str, Any]]:
        """The last line of each device."""
        return {note["device"]: note for note in self.notes()}


@dataclass(frozen=True)
class Journal:
    """All changes of one city's network from this state folder."""

    folder: Path

    def open(self, change_id: str) -> ChangeLog:
        """The part of a change, made at its first use."""
        folder = self.folder / _SAFE.sub("_", change_id)
        with written(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ChangeLog(change_id, folder)

    def changes(self) -> list[ChangeLog]:
        """Every change, oldest first."""
        found = (ChangeLog("", path.parent) for path in self.folder.glob("*/change.json"))
        named = [ChangeLog(str(log.facts["change"]), log.folder) for log in found]
        return sorted(named, key=lambda log: str(log.facts.get("began", "")))

    def find(self, change_id: str = "") -> ChangeLog:
        """The change of that name, or the last one whose work some device still holds."""
        changes = self.changes()
        known = {log.change_id: log for log in changes}
        if change_id and change_id not in known:
            raise unknown("change", change_id, known)
        if change_id:
            return known[change_id]
        held = {change for mine in standing(changes).values() for change in mine}
        touched = [log for log in changes if log.change_id in held and log.facts.get("kind") != "net-rollback"]
        if not touched:
            raise UsageProblem(
                _("no change of the network is on record"), hint=_("citynode net history lists changes; citynode net push makes one")
            )
        return touched[-1]


def left_on_trial(changes: Iterable[ChangeLog]) -> dict[str, tuple[str, ...]]:
    """By device, the changes that were killed or got stuck there and may have left it on trial; none that a later one has settled."""
    left: dict[str, tuple[str, ...]] = {}
    for log in changes:
        for device, note in log.states().items():
            if note["state"] in (ARMED, STUCK):
                left[device] = (*left.get(device, ()), log.change_id)
            elif note["state"] != FAILED:
                left.pop(device, None)
    return left


def standing(changes: Iterable[ChangeLog]) -> dict[str, list[str]]:
    """By device, the changes whose work it still holds, or may: oldest first, without those that were taken back."""
    held: dict[str, list[str]] = {}
    for log in changes:
        of = str(log.facts.get("of", ""))
        for device, note in log.states().items():
            mine = held.setdefault(device, [])
            if of and of in mine and note["state"] in (KEPT, UNCHANGED):
                mine.remove(of)
            elif note["state"] in (ARMED, KEPT, STUCK):
                mine.append(log.change_id)
    return held


def touched_by(log: ChangeLog) -> tuple[str, ...]:
    """The devices that a change left altered, or may have."""
    return tuple(sorted(device for device, note in log.states().items() if note["state"] in (ARMED, KEPT, STUCK)))


def _write(path: Path, text: str) -> None:
    """Write a file as a whole, synced, readable by its owner only."""
    new = path.with_name(path.name + ".new")
    with written(path), os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextmanager
def written(path: Path) -> Iterator[None]:
    """What the disk refuses, in the words of our own tree: a change that can't be journaled isn't made."""
    try:
        yield
    except OSError as problem:
        raise JournalFailed(
            _("what is done to the routers can't be written down"),
            why=f"{path}: {problem.strerror}",
            hint=_("free some space or mend the state folder, then run the same command: it goes on there"),
        ) from problem


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
