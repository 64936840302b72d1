"""Declared state beside the journal, that every intent is made with: which routers carry IPv6, and link costs chosen by traffic.

Files are replaced as a whole and synced, so that a reader sees the old or the new state, never half.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ops.errors import UsageProblem
from ops.language import _

FILE, COSTS, LOCK = "ipv6.json", "costs.json", "declared.lock"


@dataclass(frozen=True, slots=True)
class Rollout:
    """The routers and places that were given IPv6, and the links whose cost is not the one of their rate."""

    routers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    costs: Mapping[str, int] = field(default_factory=dict)
    """By link, at the routers' ends; a site's gateway isn't ours."""

    def with_place(self, place: str, routers: Iterable[str]) -> Rollout:
        """The state after a place and the routers that it needs were added."""
        return replace(self, routers=self.routers | frozenset(routers), places=self.places | {place})


def load_rollout(folder: Path) -> Rollout:
    """The declared state; nothing is rolled out where there is no file."""
    ipv6 = _load(folder / FILE, _("restore it from a backup, or delete it and roll out again"))
    costs = _load(folder / COSTS, _("restore it from a backup, or delete it and plan the traffic again"))
    try:
        return Rollout(frozenset(ipv6.get("routers", ())), frozenset(ipv6.get("places", ())), {k: int(v) for k, v in costs.items()})
    except (ValueError, TypeError) as broken:
        raise UsageProblem(
            _("{path} can't be read").format(path=folder),
            why=str(broken),
            hint=_("restore it from a backup, or delete it and roll out again"),
        ) from broken


def shift_rollout(folder: Path, before: Rollout, after: Rollout) -> None:
    """Declare what a change makes of the declared state: what differs between the two, whatever else was declared meanwhile."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        now = load_rollout(folder)
        costs = {link: cost for link, cost in now.costs.items() if link not in before.costs or link in after.costs}
        costs |= {link: cost for link, cost in after.costs.items() if before.costs.get(link) != cost}
        shifted = Rollout(
            (now.routers - (before.routers - after.routers)) | (after.routers - before.routers),
            (now.places - (before.places - after.places)) | (after.places - before.places),
            costs,
        )
        if shifted != now:
            save_rollout(folder, shifted)


def save_rollout(folder: Path, rollout: Rollout) -> None:
    """Declare a new state."""
    write_whole(folder / FILE, {"routers": sorted(rollout.routers), "places": sorted(rollout.places)})
    if rollout.costs or (folder / COSTS).exists():
        write_whole(folder / COSTS, dict(sorted(rollout.costs.items())))


def write_whole(path: Path, data: object) -> None:
    """Replace a file of declared state as a whole, synced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _load(path: Path, hint: str) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as broken:
        raise UsageProblem(_("{path} can't be read").format(path=path), why=str(broken), hint=hint) from broken
