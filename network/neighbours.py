"""Over which lines between routers OSPF shall run, and over which it does: asked of the routers, in both families. Read only.

A line that is cut takes nobody's way where the network has another, so that measured addresses don't show it: the
next failure would. Only of dialects in the table. What stands at a site's end of a line is the site's, and not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from city.addressing import addressing
from city.model import Dialect
from network.desk import Desk
from network.devices.fanout import each
from network.intent.bgp import Family
from ops.language import _
from ops.plan import JsonObject

QUESTIONS: Final = MappingProxyType(
    {Dialect.FRR: MappingProxyType({Family.IPV4: "show ip ospf neighbor", Family.IPV6: "show ipv6 ospf6 neighbor"})}
)
"""What each dialect is asked, by family."""
_FULL: Final = re.compile(r"^\d+(?:\.\d+){3}\s.*\bFull\b.*?\b([a-z]+\d+)[:\[]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Adjacency:
    """A line of a router over which it shall exchange routes with its neighbour in this family, and whether it does."""

    device: str
    interface: str
    peer: str
    family: Family
    is_full: bool = False

    def as_data(self) -> JsonObject:
        return {"device": self.device, "interface": self.interface, "neighbour": self.peer, "family": str(self.family)}


def adjacencies(desk: Desk, names: Sequence[str]) -> tuple[Adjacency, ...]:
    """The lines of these routers; those of a router that can't be asked are left out, for reading it has failed already."""
    chosen = [name for name in names if desk.city.router_by_name[name].dialect in QUESTIONS]
    wanted = {name: tuple(_wanted(desk, name)) for name in chosen}

    def ask(name: str) -> tuple[Adjacency, ...]:
        with closing(desk.kept.take(name) or desk.fleet.connect(name)) as device:
            questions = QUESTIONS[desk.city.router_by_name[name].dialect]
            full = {family: full_over(device.show(questions[family])) for family in {line.family for line in wanted[name]}}
        return tuple(
            Adjacency(line.device, line.interface, line.peer, line.family, line.interface in full[line.family]) for line in wanted[name]
        )

    care = desk.care
    answers = each(
        chosen, ask, progress=desk.control.progress, label=_("neighbours"), parallel=care.parallel, deadline=care.deadline_seconds
    )
    return tuple(line for answer in answers for line in answer.value or ())


def full_over(said: str) -> frozenset[str]:
    """The interfaces with a neighbour whose database is the router's own, by what FRR prints."""
    return frozenset(_FULL.findall(said.replace("\r", "")))


def _wanted(desk: Desk, name: str) -> Iterator[Adjacency]:
    carrying = desk.rollout.routers
    for end in addressing(desk.city).interfaces(name):
        if end.peer in desk.city.router_by_name:
            yield Adjacency(name, end.interface, end.peer, Family.IPV4)
            if {name, end.peer} <= carrying:
                yield Adjacency(name, end.interface, end.peer, Family.IPV6)
