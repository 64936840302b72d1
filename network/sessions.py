"""Which BGP sessions the intent wants, and how they are: asked of the routers themselves, both families in one question. Read only.

Only of dialects in the table: what the vendors' routers print of their sessions was not seen yet, so theirs are not judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from city.model import Dialect
from network.desk import Desk
from network.devices.fanout import each
from network.intent.bgp import Address, Family, Neighbour
from network.intent.router import intents
from ops.language import N_, WORD, _
from ops.plan import JsonObject

QUESTIONS: Final = MappingProxyType({Dialect.FRR: "show bgp summary json"})
"""What each dialect is asked."""
ESTABLISHED: Final = "Established"
UNKNOWN: Final = N_("not configured", WORD)
_BLOCKS: Final = MappingProxyType({Family.IPV4: "ipv4Unicast", Family.IPV6: "ipv6Unicast"})


@dataclass(frozen=True, slots=True)
class Session:
    """A session that a router shall have with a neighbour, and its state in the router's words, or that it knows no such neighbour."""

    device: str
    peer: str
    address: Address
    family: Family
    state: str = UNKNOWN

    @property
    def is_up(self) -> bool:
        return self.state == ESTABLISHED

    def as_data(self) -> JsonObject:
        return {
            "device": self.device,
            "neighbour": self.peer,
            "address": str(self.address),
            "family": str(self.family),
            "state": self.state,
        }


def sessions(desk: Desk, names: Sequence[str]) -> tuple[Session, ...]:
    """The sessions of these routers; those of a router that can't be asked are left out, for reading it has failed already."""
    found = intents(desk.city, desk.rollout, names)
    wanted = {name: intent.bgp.neighbours for name, intent in found.items() if intent.bgp is not None and intent.dialect in QUESTIONS}

    def ask(name: str) -> tuple[Session, ...]:
        with closing(desk.fleet.connect(name)) as device:
            said = device.show(QUESTIONS[desk.city.router_by_name[name].dialect])
        return judged(name, wanted[name], said)

    care = desk.care
    answers = each(
        tuple(wanted), ask, progress=desk.control.progress, label=_("sessions"), parallel=care.parallel, deadline=care.deadline_seconds
    )
    return tuple(session for answer in answers for session in answer.value or ())


def judged(device: str, wanted: Sequence[Neighbour], said: str) -> tuple[Session, ...]:
    """The sessions with these neighbours by what FRR said of all; one that runs no BGP says so in words."""
    states = _states(said)
    return tuple(
        Session(device, peer.name, peer.address, family, states.get(family, {}).get(str(peer.address), UNKNOWN))
        for peer in wanted
        for family in _BLOCKS
        if family in peer.families
    )


def _states(said: str) -> dict[Family, Mapping[str, str]]:
    text = said[said.find("{") :] if "{" in said else "{}"
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {
        family: {address: str(peer.get("state", UNKNOWN)) for address, peer in found.get(block, {}).get("peers", {}).items()}
        for family, block in _BLOCKS.items()
    }
