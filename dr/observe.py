"""One look at a group: every member asked once, in parallel, each failure kept as a value."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.errors import CitynodeError, Unreachable
from ops.language import _

if TYPE_CHECKING:
    from dr.database import Facts, Stream
    from dr.patroni import Cluster
    from dr.topology import Node, Topology


@dataclass(frozen=True, slots=True)
class MemberView:
    """What one member answered; `error` says why something is missing."""

    centre: str
    cluster: Cluster | None
    facts: Facts | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """All members' answers and the settings they share."""

    members: tuple[MemberView, ...]
    settings: dict[str, Any]

    def member(self, centre: str) -> MemberView:
        return next(view for view in self.members if view.centre == centre)

    @property
    def primaries(self) -> tuple[str, ...]:
        """Who accepts writes, by each member's own word: never more than one."""
        return tuple(view.centre for view in self.members if view.facts is not None and not view.facts.is_standby)

    @property
    def primary(self) -> str:
        return self.primaries[0] if len(self.primaries) == 1 else ""

    @property
    def cluster(self) -> Cluster | None:
        """The cluster as the primary's Patroni sees it, else as anyone does."""
        views = sorted((view for view in self.members if view.cluster), key=lambda view: view.centre != self.primary)
        return views[0].cluster if views else None

    def stream(self, centre: str) -> Stream | None:
        """How this standby follows, as the primary sees it."""
        facts = self.member(self.primary).facts if self.primary else None
        return next((stream for stream in facts.streams if stream.name == centre), None) if facts else None

    @property
    def synchronous(self) -> tuple[str, ...]:
        """The standbys that hold every acknowledged write."""
        facts = self.member(self.primary).facts if self.primary else None
        return tuple(stream.name for stream in facts.streams if stream.is_synchronous) if facts else ()


def no_primary(topology: Topology, seen: Observed) -> CitynodeError:
    """The error for a group that nobody, or more than one, leads: Unreachable where a member that doesn't answer may be it."""
    silent = "; ".join(view.error for view in seen.members if view.error)
    what = _("group {group} has no single primary").format(group=topology.group.name)
    if len(seen.primaries) > 1:
        return CitynodeError(what, why=", ".join(seen.primaries), hint="citynode dr status")
    if silent:
        hint = _("bring the silent centre back, or wait until Patroni has promoted the other one: citynode dr status")
        return Unreachable(what, why=silent, hint=hint)
    return CitynodeError(what, why=_("every member answers, none accepts writes"), hint="citynode dr status")


def observe(topology: Topology) -> Observed:
    """Ask all members at once."""
    from dr.patroni import read_config

    with ThreadPoolExecutor(max_workers=len(topology.nodes)) as pool:
        members = tuple(pool.map(lambda node: _look(node, topology.names), topology.nodes))
    settings: dict[str, Any] = {}
    for node, view in zip(topology.nodes, members, strict=True):
        if view.cluster is not None and not settings:
            try:
                settings = read_config(node)
            except CitynodeError:
                continue
    return Observed(members, settings)


def _look(node: Node, names: tuple[str, ...]) -> MemberView:
    from dr.database import read_facts
    from dr.patroni import read_cluster

    errors: list[str] = []
    cluster: Cluster | None = None
    facts: Facts | None = None
    try:
        cluster = read_cluster(node)
    except CitynodeError as silent:
        errors.append(str(silent))
    try:
        facts = read_facts(node, names)
    except CitynodeError as silent:
        errors.append(str(silent))
    return MemberView(node.centre, cluster, facts, "; ".join(errors))
