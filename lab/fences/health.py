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
from lab.part import Health
from ops.language import _

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
        away = _("the API server is away ({why})").format(why=self.told.away) if self.told.away else ""
        return self.told.failed or away


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
    told, trouble = seen.told, _troubled(seen)
    if trouble or told is None:
        rules = _("the last rules are in force") if seen.standing else _("no rules are in force")
        return Health("fences", centre, "degraded" if seen.is_running else "down", f"{trouble}; {rules}")
    counts = _("{zones} zones fenced; {policies} policies; {pods} pods").format(zones=told.zones, policies=told.policies, pods=told.pods)
    closed = [_("closed, not enforceable: {line}").format(line=line) for line in told.refused]
    return Health("fences", centre, "degraded" if closed else "up", "; ".join([counts, *closed]))


def _troubled(seen: Seen) -> str:
    """Why the rules may not be those that are asked for; empty if they are."""
    if not seen.is_running:
        return _("the agent isn't running")
    if seen.told is None:
        return _("the agent has just begun")
    return seen.trouble or ("" if seen.is_enforced else _("the kernel has other rules"))
