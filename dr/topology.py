"""Who protects a group: its centres in order of role, and how each one's database is reached. Pure.

It joins what the city says (which centres, which systems, what was promised) with what the access file says (addresses,
logins by reference), and refuses a group that one of them doesn't know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

if TYPE_CHECKING:
    from city.model import City, Group
    from ops.access import Access


@dataclass(frozen=True, slots=True)
class Node:
    """A centre's member of the group's database cluster. Secrets are references, never values."""

    centre: str
    is_candidate: bool
    """May become primary: one of the two centres in the city."""
    rest: str
    rest_user: str
    rest_password: str
    postgres: str
    postgres_password: str


@dataclass(frozen=True, slots=True)
class Topology:
    """A group and its members: the two city centres first, then the remote one."""

    group: Group
    nodes: tuple[Node, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node.centre for node in self.nodes)

    @property
    def candidates(self) -> tuple[str, ...]:
        return tuple(node.centre for node in self.nodes if node.is_candidate)

    def node(self, centre: str) -> Node:
        for node in self.nodes:
            if node.centre == centre:
                return node
        raise unknown("centre", centre, self.names)

    def other(self, centre: str) -> str:
        """The city centre that takes over from this one."""
        return next(name for name in self.candidates if name != centre)


def topology(city: City, access: Access, group: str) -> Topology:
    """The topology of a group by its name."""
    found = city.group_by_name.get(group)
    if found is None:
        raise unknown("DR group", group, city.group_by_name)
    return Topology(found, tuple(_node(found, access, centre) for centre in (*found.centres, found.remote)))


def _node(group: Group, access: Access, centre: str) -> Node:
    known = access.centres.get(centre)
    if known is None or not known.patroni or not known.postgres:
        raise UsageProblem(
            _("the access file does not say how to reach the database of '{centre}'").format(centre=centre),
            why=_("group '{name}' is protected by {value} and {remote}").format(
                name=group.name, value=", ".join(group.centres), remote=group.remote
            ),
            hint=_("in a lab: citynode lab up (with the part `quorum`); else add `patroni` and `postgres` of that centre"),
        )
    if not known.patroni.startswith(("http://", "https://")):
        raise UsageProblem(
            _("`patroni` of '{centre}' is no URL").format(centre=centre),
            why=known.patroni,
            hint=_("write http://ADDRESS:8008 into the access file"),
        )
    return Node(
        centre,
        centre in group.centres,
        known.patroni.rstrip("/"),
        known.patroni_user,
        known.patroni_password,
        known.postgres,
        known.postgres_password,
    )
