"""What an edge needs to serve: addresses of its own, and systems that are asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from city.finding import Finding
from city.model import City, Isolation
from ops.language import _


def edges_can_serve(city: City) -> Iterator[Finding]:
    """No two edges listen at one place, and every system behind one speaks HTTP and is in no strongly isolated plane."""
    taken: dict[tuple[str, int], str] = {}
    for index, edge in enumerate(city.edges):
        other = taken.setdefault((edge.site, edge.port), edge.name)
        if other != edge.name:
            yield Finding(
                "edge",
                _("port {port} at {site} is taken by the edge '{other}'").format(port=edge.port, site=edge.site, other=other),
                _("give it another port"),
                ("edges", index, "port"),
            )
        for number, name in enumerate(edge.systems):
            system = city.system_by_name[name]
            if system.probe.kind != "http":
                yield Finding(
                    "edge",
                    _("the edge '{edge}' can't keep pages of {system}: it is not asked over HTTP").format(edge=edge.name, system=name),
                    _("take it out, or give it an http probe"),
                    ("edges", index, "systems", number),
                )
            if city.plane_by_name[system.plane].isolation is Isolation.STRONG:
                yield Finding(
                    "edge",
                    _("the edge '{edge}' can't keep pages of {system}: its plane '{plane}' is strongly isolated").format(
                        edge=edge.name, system=name, plane=system.plane
                    ),
                    _("take it out"),
                    ("edges", index, "systems", number),
                )
