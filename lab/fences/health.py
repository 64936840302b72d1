"""The health of a centre's fences: whether the agent runs, what it told last, and whether the kernel has just those rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.clusters.layout import Cluster
from lab.errors import LabFailed
from lab.fences import kernel
from lab.fences.settings import Told
from lab.namespace import inside
from lab.part import Health, State

if TYPE_CHECKING:
    from lab.box import Box

AGENT: Final = "fences"
TOLD: Final = "told.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a centre's fences."""

    is_running: bool
    told: Told | None
    standing: str
    """The digest of the rules that the kernel has; empty if it has none."""

    @property
    def is_enforced(self) -> bool:
        """Whether the running agent's rules are the kernel's."""
        return self.is_running and self.told is not None and bool(self.standing) and self.standing == self.told.digest

    @property
    def trouble(self) -> str:
        """What keeps the rules from being those that the API server asks for, in a few words; empty if nothing does."""
        if self.told is None:
            return ""
        return self.told.failed or (f"the API server is away ({self.told.away})" if self.told.away else "")


def folder_of(box: Box, cluster: Cluster) -> Path:
    """Where the agent's two files are."""
    return box.dir(cluster.centre, "fences")


def look(box: Box, cluster: Cluster) -> Seen:
    """Look once; never fails."""
    try:
        with inside(box.netns(cluster.centre)):
            standing = kernel.standing()
    except LabFailed:
        standing = ""
    return Seen(box.alive(cluster.centre, AGENT), Told.read(folder_of(box, cluster) / TOLD), standing)


def judge(centre: str, seen: Seen) -> Health:
    """The centre's row in the lab's status."""
    rules = "the last rules are in force" if seen.standing else "no rules are in force"
    if not seen.is_running:
        return Health("fences", centre, "down", f"the agent isn't running; {rules}")
    if seen.told is None:
        return Health("fences", centre, "degraded", f"the agent has just begun; {rules}")
    if not seen.is_enforced or seen.trouble:
        return Health("fences", centre, "degraded", f"{seen.trouble or 'the kernel has other rules'}; {rules}")
    told = seen.told
    parts = [f"{told.zones} zones fenced", f"{told.policies} policies", f"{told.pods} pods"]
    state: State = "degraded" if told.refused else "up"
    return Health("fences", centre, state, "; ".join([*parts, *(f"closed, not enforceable: {line}" for line in told.refused)]))
