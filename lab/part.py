"""What a part of the lab is: routers, sites, clusters, hosts … each comes up, tells its health and goes down again.

A part is asked by `lab.up` in the order of `after`. It must be idempotent (a second `up` starts only what isn't running)
and must be able to go on where a killed `up` left off. It never prints and never ends processes, namespaces or
folders of its own at `down`: the box knows those. It undoes only what the box can't know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from ops.progress import Progress

if TYPE_CHECKING:
    from lab.box import Box

State = Literal["up", "degraded", "down"]
AccessPatch = Mapping[str, Any]
"""Keys of `ops.access.Access` with the values that a part adds; mappings are merged, the rest replaced."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one thing in the lab: a router, a link, a cluster, a host, a service."""

    kind: str
    name: str
    state: State
    detail: str = ""


class Part(Protocol):
    """One trade's share of the lab."""

    name: ClassVar[str]
    after: ClassVar[tuple[str, ...]]

    def up(self, box: Box, progress: Progress) -> None:
        """Bring it up; return when it works."""

    def status(self, box: Box) -> list[Health]:
        """The health of everything that this part brought up; must not fail because something is broken."""

    def access(self, box: Box) -> AccessPatch:
        """What operators need to reach it, for the access file."""

    def down(self, box: Box) -> None:
        """Undo what the box can't know: mounts, cgroups, namespaces made by others."""
