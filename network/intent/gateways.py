"""Which routers are one gateway: a network's own router, and those that stand by for it. Pure."""

from __future__ import annotations

from city.model import City, Router

Group = tuple[Router, ...]
"""Routers at one network: its own first, which answers while it lives."""


def groups(city: City) -> tuple[Group, ...]:
    """Every network with more than one router, in the city's order."""
    standing_by = [router for router in city.routers if router.standby_of is not None]
    found = ((owner, *(router for router in standing_by if router.standby_of == owner.name)) for owner in city.routers if owner.lan)
    return tuple(group for group in found if len(group) > 1)


def group_of(city: City, name: str) -> Group:
    """The routers that share a gateway with this one, itself among them; empty where it shares none."""
    return next((group for group in groups(city) if name in {router.name for router in group}), ())
