"""Who answers for each gateway that routers share: asked of all of these, in both families. Read only.

Exactly one shall: without any, hosts have no way out; with two, answers go to and fro between them (RFC 5798, section 6.4). Only where
all of a gateway's routers speak dialects in the table: what the vendors' print of theirs was not seen yet, so theirs are not judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from city.model import Dialect
from network.desk import Desk
from network.devices.fanout import each
from network.intent.bgp import Address, Family
from network.intent.gateways import Group, groups
from network.intent.router import intents
from ops.language import _
from ops.plan import JsonObject

QUESTIONS: Final = MappingProxyType({Dialect.FRR: "show vrrp json"})
"""What each dialect is asked."""
MASTER: Final = "Master"
_BLOCKS: Final = MappingProxyType({Family.IPV4: "v4", Family.IPV6: "v6"})

Role = tuple[str, int, Family]
"""A router's part in a gateway: interface, group and family."""


@dataclass(frozen=True, slots=True)
class Answering:
    """A gateway in one family, and which of its routers say that they answer for it."""

    routers: tuple[str, ...]
    interface: str
    address: Address
    family: Family
    masters: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        return len(self.masters) == 1

    def as_data(self) -> JsonObject:
        return {
            "devices": list(self.routers),
            "interface": self.interface,
            "address": str(self.address),
            "family": str(self.family),
            "masters": list(self.masters),
        }


def answering(desk: Desk, names: Sequence[str]) -> tuple[Answering, ...]:
    """The gateways that these routers share; who can't be asked answers for none, and a gateway with nobody to ask is left out."""
    chosen = [
        group
        for group in groups(desk.city)
        if any(router.name in names for router in group) and all(router.dialect in QUESTIONS for router in group)
    ]

    def ask(name: str) -> frozenset[Role]:
        with closing(desk.fleet.connect(name)) as device:
            return roles(device.show(QUESTIONS[desk.city.router_by_name[name].dialect]))

    care = desk.care
    asked = tuple(router.name for group in chosen for router in group)
    answers = each(asked, ask, progress=desk.control.progress, label=_("gateways"), parallel=care.parallel, deadline=care.deadline_seconds)
    held = {answer.device: answer.value for answer in answers if answer.value is not None}
    return tuple(one for group in chosen if any(router.name in held for router in group) for one in _judged(desk, group, held))


def roles(said: str) -> frozenset[Role]:
    """What a router answers for, by what FRR prints; one that runs no such group says so in words."""
    try:
        found = json.loads(said[said.find("[") :]) if "[" in said else []
    except ValueError:
        return frozenset()
    return frozenset(
        (str(one["interface"]), int(one["vrid"]), family)
        for one in found
        for family, block in _BLOCKS.items()
        if one.get(block, {}).get("status") == MASTER
    )


def _judged(desk: Desk, group: Group, held: Mapping[str, frozenset[Role]]) -> Iterator[Answering]:
    """Each family that any of the routers shall carry."""
    names = tuple(router.name for router in group)
    ports = [port for intent in intents(desk.city, desk.rollout, names).values() for port in intent.interfaces if port.gateway]
    wanted = {
        (port.name, port.gateway.group, family): address
        for port in ports
        if port.gateway
        for family, address in ((Family.IPV4, port.gateway.ipv4), (Family.IPV6, port.gateway.ipv6))
        if address is not None
    }
    for role, address in wanted.items():
        masters = tuple(name for name in names if role in held.get(name, frozenset()))
        yield Answering(names, role[0], address, role[2], masters)
