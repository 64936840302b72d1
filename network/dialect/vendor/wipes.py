"""What a device drops by itself when another line goes, and so has to be typed again and must not be cancelled. Pure.

- an interface that leaves or changes its plane loses its addresses and everything that runs on them;
- a neighbour whose autonomous system changes is made anew, in every family;
- an instance whose distinguisher changes loses its route targets, and BGP its family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType

from network.dialect.vendor.kinds import Known, known
from network.dialect.vendor.ours import Lines
from network.tree import Path

Place = tuple[Path, str]


def wiped(gone: Iterable[Place], have: Lines) -> Iterator[Place]:
    """The lines that the device drops by itself when these go; a line that goes in its own right isn't among them."""
    for path, line in gone:
        found = known(path, line)
        find = _FIND.get(found.kind.name) if found else None
        if found is not None and find is not None:
            yield from (place for place in find(path, found, have) if place != (path, line))


def _of_interface(path: Path, _found: Known, have: Lines) -> Iterator[Place]:
    for line in have.get(path, {}):
        other = known(path, line)
        if other is not None and other.kind.wiped:
            yield path, line


def _of_peer(path: Path, found: Known, have: Lines) -> Iterator[Place]:
    for place, lines in have.items():
        if place[:1] != path[:1]:
            continue
        for line in lines:
            other = known(place, line)
            if other is not None and other.kind.name.startswith("peer-") and other.groups[0] == found.groups[0]:
                yield place, line


def _of_distinguisher(path: Path, _found: Known, have: Lines) -> Iterator[Place]:
    plane = path[0].rpartition(" ")[2]
    for place, lines in have.items():
        inside_instance = place[:1] == path[:1]
        inside_bgp = len(place) > 1 and place[0].startswith("bgp ") and place[1].endswith(f"vpn-instance {plane}")
        for line in lines:
            other = known(place, line)
            if other is not None and ((inside_instance and other.kind.name == "vpn-target") or inside_bgp):
                yield place, line


_FIND: MappingProxyType[str, Callable[[Path, Known, Lines], Iterator[Place]]] = MappingProxyType(
    {"binding": _of_interface, "peer-as": _of_peer, "route-distinguisher": _of_distinguisher}
)
