"""Asks every edge, from a host elsewhere, for every system behind it: over IPv4, and over IPv6 where the extranet carries it."""

from __future__ import annotations

import json

from city.model import City, SiteKind
from network.devices.shells import Shells
from network.edges.address import EdgeSeen, Fetched, edge_addresses
from ops.access import Access
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

PROGRAM = "fetch.py"
_READERS = (SiteKind.INTERNET, SiteKind.PROVINCE)
"""Where readers are, the farthest first."""


def reader(city: City, access: Access, wanted: str = "") -> str:
    """The site to ask from: the one named, else the first of the readers' sites that has a host."""
    if wanted:
        if wanted not in access.hosts:
            raise unknown("site with a host", wanted, access.hosts)
        return wanted
    for kind in _READERS:
        for site in city.sites:
            if site.kind is kind and site.name in access.hosts:
                return site.name
    raise UsageProblem(_("no site outside has a host to ask from"), hint=_("name one: --from SITE"))


def is_dual(city: City, site: str, routers: frozenset[str]) -> bool:
    """Whether the site's own lines carry IPv6: one of its routers does."""
    return any(routers & {link.a.node, link.b.node} for link in city.links_of(site))


def look(city: City, shells: Shells, vantage: str, *, dual: bool) -> tuple[EdgeSeen, ...]:
    """What the site's host is served by every edge, in the data's order; IPv6 is asked where `dual` says that it is carried."""
    places = edge_addresses(city)
    targets = [
        [str(address), place.port, place.names[-1], city.system_by_name[place.system].probe.path]
        for place in places
        for address in ((place.ipv4, place.ipv6) if dual else (place.ipv4,))
    ]
    if not targets:
        return ()
    said = json.loads(shells.python(vantage, PROGRAM, json.dumps(targets)))
    answers = [Fetched(one["status"], one["cache"], one["milliseconds"], one["error"]) for one in said]
    step = 2 if dual else 1
    return tuple(EdgeSeen(place, answers[i * step], answers[i * step + 1] if dual else None) for i, place in enumerate(places))
