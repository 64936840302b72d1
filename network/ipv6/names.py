"""Parity of names: whoever has an A record has an AAAA record too, once the network in front of it carries IPv6, or is exempt.

Read from the name server itself. A router or centre gets its AAAA by the rollout; a system when its service listens on IPv6,
which is why systems are what the city's data mostly exempts.
"""

from __future__ import annotations

from collections.abc import Iterator

from city.addressing import addressing
from city.model import City, TwinKind
from network.dns.server import NameServer
from network.ipv6.parity import Missing, Parity
from network.rollout import Rollout


def name_parity(city: City, server: NameServer, rollout: Rollout) -> Parity:
    """Every name of the zone that should have both, and those that have only one."""
    domain = city.address_plan.domain
    wanted = [(name, kind) for name, kind in _names(city, rollout) if server.read(f"{name}.{domain}", "A")]
    lacking = [(name, kind) for name, kind in wanted if not server.read(f"{name}.{domain}", "AAAA")]
    return Parity(len(wanted), tuple(Missing("", name, "AAAA", kind) for name, kind in lacking))


def _names(city: City, rollout: Rollout) -> Iterator[tuple[str, TwinKind]]:
    """Routers that carry IPv6, and centres and systems at sites whose every router does."""
    for name in sorted(rollout.routers):
        yield name, TwinKind.NAME
    dual = {site.name for site in city.sites if is_dual(city, site.name, rollout)}
    for site in city.centres:
        if site.name in dual and addressing(city).lan(site.name):
            yield site.name, TwinKind.NAME
    for system in city.systems:
        if system.runs_at in dual:
            yield system.name, TwinKind.SYSTEM


def is_dual(city: City, site: str, rollout: Rollout) -> bool:
    """Whether every router around the site carries IPv6."""
    around = {end.node for link in city.links_of(site) for end in (link.a, link.b)} - {site}
    return bool(around) and around <= rollout.routers
