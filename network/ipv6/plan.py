"""What giving a place IPv6 means, address by address: the printable plan of a rollout. Pure; asks no device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Interface, IPv6Interface, IPv6Network

from city.addressing import addressing
from city.model import City
from network.intent.router import Interface, intents
from network.ipv6.place import WHOLE, places_of, routers_of
from network.ipv6.records import Record, records
from network.ipv6.rules import RULES, rule_of
from network.push.plan import Order, Wave, waves
from network.rollout import Rollout
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Twin:
    """An interface's address of today and the one that joins it."""

    router: str
    interface: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    rule: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Ipv6Plan:
    """One place's plan."""

    place: str
    prefix: IPv6Network
    routers: tuple[str, ...]
    carrying: frozenset[str]
    """Those of them that carry IPv6 already, by declaration."""
    waves: tuple[Wave, ...]
    twins: tuple[Twin, ...]
    records: tuple[Record, ...]

    @property
    def fresh(self) -> tuple[str, ...]:
        """The routers that the rollout adds."""
        return tuple(name for name in self.routers if name not in self.carrying)

    def as_data(self) -> JsonObject:
        return {
            "place": self.place,
            "prefix": self.prefix,
            "routers": list(self.routers),
            "new": list(self.fresh),
            "waves": [{"name": wave.name, "devices": list(wave.devices)} for wave in self.waves],
            "addresses": [
                {
                    "router": twin.router,
                    "interface": twin.interface,
                    "ipv4": twin.ipv4,
                    "ipv6": twin.ipv6,
                    "rule": twin.rule,
                    "new": twin.is_new,
                }
                for twin in self.twins
            ],
            "records": [{"name": record.name, "address": record.address} for record in self.records],
            "rules": [{"name": rule.name, "asks": rule.asks, "source": rule.source} for rule in RULES.values()],
        }


def plan_ipv6(city: City, place: str, rollout: Rollout) -> Ipv6Plan:
    """The plan for a county or zone, or for the whole city, over what is rolled out already."""
    chosen = routers_of(city, place)
    after = replace(rollout, routers=rollout.routers | frozenset(chosen), places=rollout.places | places_of(city, place))
    wanted = intents(city, after, chosen)
    return Ipv6Plan(
        place=place,
        prefix=addressing(city).region_prefix(place) if place != WHOLE else city.address_plan.ipv6,
        routers=chosen,
        carrying=rollout.routers & frozenset(chosen),
        waves=waves(city, chosen, Order.SPINE_FIRST),
        twins=tuple(twin for name in chosen for port in wanted[name].interfaces for twin in _twin(name, port, rollout)),
        records=tuple(record for record in records(city, after.routers) if record not in records(city, rollout.routers)),
    )


def _twin(router: str, port: Interface, rollout: Rollout) -> tuple[Twin, ...]:
    if port.ipv6 is None:
        return ()
    return (Twin(router, port.name, port.ipv4, port.ipv6, rule_of(port.name), router not in rollout.routers),)
