"""Who reaches whom inside a plane, and what of it single failures take away. Pure.

Two departments that enter the same plane reach each other where each has its table there (bound, addressed), each takes
the other's routes (route targets), and labels find a way between their routers: over IPv4, which carries both families
(RFC 4364; RFC 4659 for IPv6).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from city.model import Attachment, City
from network.simulate.graph import NOTHING, Graph, Without
from network.simulate.reach import Pair, Survival
from network.simulate.world import World


def plane_survival(city: City, world: World, graph: Graph, family: int, *, plane: str, broken: Iterable[Without]) -> Survival:
    """What is reached inside the plane, now and under each of these failures; `graph` is that of IPv4."""
    entries = [entry for entry in city.extranet.attachments if entry.plane == plane]
    couples = list(combinations(entries, 2))
    unmade = sum(1 << bit for bit, (a, b) in enumerate(couples) if not _meet(world, family, a, b))
    lost = {}
    for without in (NOTHING, *broken):
        island = graph.islands(without)
        ends = [(graph.number.get(a.router, -1), graph.number.get(b.router, -1)) for a, b in couples]
        apart = sum(1 << bit for bit, (a, b) in enumerate(ends) if a < 0 or b < 0 or island[a] != island[b])
        excused = sum(1 << bit for bit, (a, b) in enumerate(couples) if without.node and without.node in (a.router, b.router))
        lost[without] = (apart | unmade) & ~excused
    return Survival(family, tuple(Pair(a.name, b.name) for a, b in couples), lost, plane)


def planes_in_use(city: City) -> tuple[str, ...]:
    """The planes that somebody enters, in the city's order."""
    used = {entry.plane for entry in city.extranet.attachments}
    return tuple(plane.name for plane in city.planes if plane.name in used)


def _meet(world: World, family: int, a: Attachment, b: Attachment) -> bool:
    """Whether both ends are made, and each takes the other's routes."""
    if not (_is_made(world, family, a) and _is_made(world, family, b)):
        return False
    one, other = world[a.router].vrfs[a.plane], world[b.router].vrfs[b.plane]
    return a.router == b.router or bool(one.imports & other.exports and other.imports & one.exports)


def _is_made(world: World, family: int, entry: Attachment) -> bool:
    box = world.get(entry.router)
    port = box.ports.get(f"{entry.interface}.{entry.vlan}") if box else None
    return bool(box and entry.plane in box.vrfs and port and port.plane == entry.plane and port.is_up and port.addresses(family))
