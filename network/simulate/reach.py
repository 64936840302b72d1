"""Who must reach whom, who does, and what of it each single failure takes away. Pure.

The promise of the plan: every town, county and department's room reaches every centre, the province and the internet
egress, in each family that its router carries, whatever single line or router fails. Pairs are bits of one number, so that the
whole city under all single failures is a few thousand operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from city.model import City, RouterRole, SiteKind
from network.simulate.graph import NOTHING, Graph, Without
from network.simulate.world import BASE, World
from ops.language import _

USERS = (RouterRole.TOWN, RouterRole.AGGREGATION)
"""Routers with people behind them, where they have a local network."""
TARGETS = (SiteKind.CENTRE, SiteKind.PROVINCE, SiteKind.INTERNET)


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody, and what they must reach."""

    start: str
    end: str

    def __str__(self) -> str:
        return f"{self.start} -> {self.end}"


def pairs(city: City) -> tuple[Pair, ...]:
    """Everybody with everything that they must reach."""
    starts = [router.name for router in city.routers if router.role is RouterRole.TOWN or (router.role in USERS and router.lan)]
    starts += [site.name for site in city.sites if site.kind is SiteKind.ROOM]
    ends = [site.name for site in city.sites if site.kind in TARGETS]
    return tuple(Pair(start, end) for start in starts for end in ends)


def failures(city: City) -> tuple[Without, ...]:
    """Every single line and every single router; a site's own gateway is the site."""
    return (*(Without(link=link.name) for link in city.links), *(Without(node=router.name) for router in city.routers))


@dataclass(frozen=True)
class Survival:
    """Which pairs don't reach each other in one family: now, and under each single failure. Bit n stands for pair n."""

    family: int
    pairs: tuple[Pair, ...]
    lost: Mapping[Without, int]
    plane: str = BASE

    @property
    def now(self) -> int:
        return self.lost[NOTHING]

    @property
    def everything(self) -> int:
        """All pairs."""
        return (1 << len(self.pairs)) - 1

    @property
    def over(self) -> str:
        """The family, and the plane if it is one of its own, as people read it."""
        family = f"IPv{self.family}"
        return _("{family} in the plane {plane}").format(family=family, plane=self.plane) if self.plane else family

    @cached_property
    def single(self) -> int:
        """Pairs that some single failure takes apart, or that are apart anyway."""
        found = 0
        for lost in self.lost.values():
            found |= lost
        return found

    def named(self, bits: int) -> list[Pair]:
        return [pair for number, pair in enumerate(self.pairs) if bits >> number & 1]

    def share(self, bits: int) -> float:
        """The pairs that are none of these, 0 to 1."""
        return 1.0 - bits.bit_count() / len(self.pairs) if self.pairs else 1.0


def survival(graph: Graph, world: World, wanted: Sequence[Pair], family: int, broken: Iterable[Without]) -> Survival:
    """What is reached now and under each of these failures."""
    ends = [(graph.number.get(pair.start, -1), graph.number.get(pair.end, -1)) for pair in wanted]
    unannounced = sum(
        1 << bit for bit, pair in enumerate(wanted) if not (_speaks(world, pair.start, family) and _speaks(world, pair.end, family))
    )
    lost = {}
    for without in (NOTHING, *broken):
        island, gone = graph.islands(without), graph.number.get(without.node, -1)
        apart = sum(1 << bit for bit, (a, b) in enumerate(ends) if a < 0 or b < 0 or island[a] != island[b])
        excused = sum(1 << bit for bit, (a, b) in enumerate(ends) if gone >= 0 and gone in (a, b))
        lost[without] = (apart | unannounced) & ~excused
    return Survival(family, tuple(wanted), lost)


def _speaks(world: World, node: str, family: int) -> bool:
    """Whether others learn how to answer: a network behind it, or at least its own address, is announced."""
    box = world.get(node)
    if box is None:
        return False
    own = [port for port in box.ports.values() if port.name == "lo" or port.name.startswith("lan")]
    return any(port.is_announced(family) for port in own)
