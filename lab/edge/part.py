"""The lab's part `edge`: nginx as the city's content edges (CDN), on the sites' own addresses in both families."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from city.edge import Edge
from lab.box import Box
from lab.namespace import inside
from lab.part import AccessPatch, Health
from lab.record import write_atomic
from lab.serving import FAMILIES, health, wait_serving
from lab.sites.disk import SRV, own_disk
from network.edges.config import FILE, Place, edge_config, place_of
from ops.language import N_, WORD, _
from ops.progress import Progress

PROGRAM = "/usr/sbin/nginx"
REFUSED = 421
"""What an edge answers to whoever names none of its systems (RFC 9110, 15.5.20): a sign of life that asks nobody else."""


class Edges:
    """Every edge whose site is built."""

    name: ClassVar[str] = "edge"
    after: ClassVar[tuple[str, ...]] = ("sites", "dns")

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run; return when each answers in both families."""
        for edge in _built(box):
            if not box.is_off(edge.site):
                _start(box, edge)
                wait_serving(box, edge.site, edge.name, partial(_answering, box, edge))
                progress.step(_("{edge} at {site} serves").format(edge=edge.name, site=edge.site))

    def status(self, box: Box) -> list[Health]:
        """Each edge, and the families in which it answers."""
        return [health(N_("edge", WORD), f"{edge.name}@{edge.site}", _answering(box, edge)) for edge in _built(box)]

    def access(self, box: Box) -> AccessPatch:
        """Nothing: readers follow names."""
        return {}

    def down(self, box: Box) -> None:
        """Nothing: the box ends the servers and their folders."""


def _built(box: Box) -> Iterator[Edge]:
    return (edge for edge in box.city.edges if edge.site in box.spec.sites)


def _addresses(place: Place) -> tuple[str, str]:
    return str(place.ipv4.ip), f"[{place.ipv6.ip}]"


def _start(box: Box, edge: Edge) -> None:
    place = place_of(box.city, edge)
    folder = box.dir(edge.site, "srv", *place.folder.relative_to(SRV).parts)
    write_atomic(folder / FILE, edge_config(box.city, edge, place).text, mode=0o644)
    argv = [PROGRAM, "-e", "stderr", "-g", "daemon off;", "-c", str(place.folder / FILE)]
    box.spawn(edge.site, edge.name, own_disk(box, edge.site, argv))


def _answering(box: Box, edge: Edge) -> tuple[str, ...]:
    """The families in which the edge answers on its own node."""
    if box.is_off(edge.site) or not box.alive(edge.site, edge.name):
        return ()
    pairs = zip(FAMILIES, _addresses(place_of(box.city, edge)), strict=True)
    with inside(box.netns(edge.site)):
        return tuple(family for family, address in pairs if _is_alive(address, edge.port))


def _is_alive(address: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/", timeout=2):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code == REFUSED
    except OSError:
        return False
