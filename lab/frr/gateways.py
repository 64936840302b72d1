"""Shared gateways in the lab: which routers run them, and what these hold of them before anything is pushed. Pure.

Today the network has its own router alone, with the gateway's address: `net push` makes two routers of it.
"""

from __future__ import annotations

from city.model import City, Dialect
from lab.wires.lan import DEVICES, LAN
from network.intent.gateways import group_of


def shares_gateway(city: City, node: str) -> bool:
    """Whether the node runs vrrpd: one of several routers at a network, and FRR."""
    return any(router.name == node and router.dialect is Dialect.FRR for router in group_of(city, node))


def named_today(city: City, name: str) -> tuple[str, ...]:
    """Interfaces that the configuration names and says nothing of: FRR forgets no name, so it is to know these before and after."""
    if not shares_gateway(city, name):
        return ()
    return (*([LAN] if city.router_by_name[name].lan is None else []), *DEVICES)
