"""The sites' gateways as the routers meet them: not ours to configure, so taken as the city describes them. Pure.

A gateway speaks both families on every uplink, with the routers' timers and a cost by the line's rate, and announces its
local network (docs: how a site joins the extranet).
"""

from __future__ import annotations

from city.addressing import addressing
from city.model import City
from network.intent.router import BACKBONE, DEAD_SECONDS, HELLO_SECONDS, cost_of
from network.simulate.world import FAMILIES, Box, Port, Routing, World


def gateways(city: City) -> World:
    """Every site's gateway."""
    return {site.name: _gateway(city, site.name) for site in city.sites}


def _gateway(city: City, site: str) -> Box:
    plan = addressing(city)
    ports = {}
    for end in plan.interfaces(site):
        how = Routing(BACKBONE, cost_of(end.rate_mbit), HELLO_SECONDS, DEAD_SECONDS, point_to_point=True)
        ports[end.interface] = Port(end.interface, ipv4=(end.ipv4,), ipv6=(end.ipv6,), routing=dict.fromkeys(FAMILIES, how))
    if (lan := plan.lan(site)) is not None:
        how = Routing(BACKBONE, 1, passive=True)
        ports["lan0"] = Port("lan0", ipv4=(lan.ipv4,), ipv6=(lan.ipv6,), routing=dict.fromkeys(FAMILIES, how))
    return Box(site, ports)
