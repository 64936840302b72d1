"""Brings content edges to what the city says: looks at all first, then one after the other, so that the others serve meanwhile.

What an edge is given is decided here; how it takes it up, and goes back by itself where it can't, is `remote/edge.py` on its host.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property

from city.edge import Edge
from city.model import City
from network.devices.shells import Shells, side_by_side
from network.edges.config import EdgeConfig, Place, edge_config, place_of
from network.errors import DeviceRefused
from ops.approval import require
from ops.control import Control
from ops.language import N_, WORD, _
from ops.plan import JsonObject, digest
from ops.suggest import unknown

PROGRAM = "edge.py"
SECONDS = 60.0
"""What an edge may take, a reload that is taken back included."""


@dataclass(frozen=True, slots=True)
class PendingEdge:
    """An edge that isn't what the city says: the text in its file, the one that it shall be, or a file that nobody took up."""

    edge: Edge
    place: Place
    before: str
    wanted: EdgeConfig

    @property
    def is_only_to_take_up(self) -> bool:
        """Whether the file is right and only what runs is not."""
        return self.before == self.wanted.text

    @property
    def diff(self) -> str:
        """The lines that go and come, as a unified diff; empty where only what runs is not what is written."""
        lines = unified_diff(self.before.splitlines(), self.wanted.text.splitlines(), lineterm="", n=1)
        return "\n".join(list(lines)[2:])


@dataclass(frozen=True)
class EdgePlan:
    """What is to be changed, in the data's order."""

    city: City
    pending: tuple[PendingEdge, ...]

    @cached_property
    def plan_hash(self) -> str:
        """What an approval names."""
        texts = {one.edge.name: [one.before, one.wanted.text] for one in self.pending}
        return digest({"verb": "edges", "city": self.city.name, "edges": texts})

    def as_data(self) -> JsonObject:
        """The plan as it is printed."""
        changes = [
            {"edge": one.edge.name, "site": one.edge.site, "diff": one.diff, "only_to_take_up": one.is_only_to_take_up}
            for one in self.pending
        ]
        return {"plan": self.plan_hash, "pending": len(changes), "changes": changes}


def plan_edges(city: City, shells: Shells, names: Collection[str] = ()) -> EdgePlan:
    """Look at these edges, or at all; an edge whose host can't be asked is an error before anything is touched."""
    known = {edge.name: edge for edge in city.edges}
    for name in names:
        if name not in known:
            raise unknown("edge", name, known)
    chosen = [edge for edge in city.edges if not names or edge.name in names]
    found = side_by_side(lambda edge: _look(city, shells, edge), chosen)
    return EdgePlan(city, tuple(one for one in found if one is not None))


def push_edges(control: Control, shells: Shells, plan: EdgePlan) -> None:
    """Carry it out by an approved plan, under leases; the first edge that refuses ends it, itself and the rest as they were."""
    if not plan.pending:
        return
    require(control, plan.plan_hash, f"edges {plan.city.name}")
    with control.leases.hold(*(f"edge:{one.edge.name}" for one in plan.pending), owner=control.author) as fence:
        for one in plan.pending:
            fence.check()
            _note(control, plan, one, "begun")
            said = json.loads(_ask(shells, "put", one.edge, one.place, (one.wanted.text, one.wanted.digest)))
            _note(control, plan, one, said["outcome"])
            if said["outcome"] != "done":
                raise _refused(one.edge, said["outcome"], said["why"])


def _look(city: City, shells: Shells, edge: Edge) -> PendingEdge | None:
    """The edge where it isn't what the city says."""
    place = place_of(city, edge)
    wanted = edge_config(city, edge, place)
    said = json.loads(_ask(shells, "look", edge, place, ()))
    if said["text"] == wanted.text and set(said["runs"]) == {wanted.digest}:
        return None
    return PendingEdge(edge, place, said["text"], wanted)


def _ask(shells: Shells, verb: str, edge: Edge, place: Place, new: Iterable[str]) -> str:
    listen = json.dumps([[str(address.ip), edge.port] for address in (place.ipv4, place.ipv6)])
    return shells.python(edge.site, PROGRAM, verb, str(place.folder), listen, *new, timeout=SECONDS)


def _refused(edge: Edge, outcome: str, why: str) -> DeviceRefused:
    refused = _("nginx refuses the new configuration of the edge {name}")
    undone = _("the edge {name} did not take its new configuration up")
    return DeviceRefused(
        (refused if outcome == N_("refused", WORD) else undone).format(name=edge.name),
        why=why,
        hint=_("it goes on with the old one; mend the city's data or the host, then run the same again"),
    )


def _note(control: Control, plan: EdgePlan, one: PendingEdge, outcome: str) -> None:
    control.trail.append(
        who=control.author,
        action="edge-push",
        subject=one.edge.name,
        outcome=outcome,
        plan_hash=plan.plan_hash,
        facts={"digest": one.wanted.digest, "site": one.edge.site},
    )
