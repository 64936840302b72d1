"""Which routers carry IPv6: declared state, kept beside the journal, that every intent is made with.

The file is replaced as a whole and synced, so that a reader sees the old or the new state, never half.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ops.errors import UsageProblem
from ops.language import _

FILE = "ipv6.json"


@dataclass(frozen=True, slots=True)
class Rollout:
    """The routers and places that were given IPv6."""

    routers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def with_place(self, place: str, routers: Iterable[str]) -> Rollout:
        """The state after a place and the routers that it needs were added."""
        return Rollout(self.routers | frozenset(routers), self.places | {place})


def load_rollout(folder: Path) -> Rollout:
    """The declared state; nothing is rolled out where there is no file."""
    path = folder / FILE
    if not path.exists():
        return Rollout()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Rollout(frozenset(data["routers"]), frozenset(data["places"]))
    except (ValueError, KeyError, TypeError) as broken:
        raise UsageProblem(
            _("{path} can't be read").format(path=path),
            why=str(broken),
            hint=_("restore it from a backup, or delete it and roll out again"),
        ) from broken


def save_rollout(folder: Path, rollout: Rollout) -> None:
    """Declare a new state."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = {"routers": sorted(rollout.routers), "places": sorted(rollout.places)}
    new = folder / (FILE + ".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / FILE)
