"""Whether the network is as intended, measured: configuration by reading it, reachability by asking other routers.

Every loopback and every local network behind a router, in the families that the router carries, the lines over which routers shall
know each other, the BGP sessions that the intent wants, and who answers for shared gateways. Changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from city.addressing import addressing
from network.compare import Pending, compare, raise_unreadable, targets
from network.desk import Desk
from network.devices.probe import Address
from network.errors import ChangeFailed
from network.gateways import Answering, answering
from network.intent.bgp import Family
from network.intent.router import DEAD_SECONDS
from network.neighbours import Adjacency, adjacencies
from network.push.outside import observers
from network.sessions import Session, sessions
from ops.errors import ChangesPending, Unreachable
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject

IPV4, IPV6 = 4, 6
MEET_SECONDS = 2.0 * DEAD_SECONDS
"""Within this two routers at a line that just came up have found each other and hold the same database; the second of two at a gateway
takes over from a silent one sooner (3.6 s: RFC 5798, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Reached:
    """One address, and who found it to answer or not; no observer: nobody could measure."""

    device: str
    interface: str
    address: Address
    observer: str
    is_reached: bool

    def as_data(self) -> JsonObject:
        return {"device": self.device, "interface": self.interface, "address": str(self.address), "observer": self.observer}


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared and measured."""

    pending: tuple[Pending, ...]
    reached: tuple[Reached, ...]
    sessions: tuple[Session, ...] = ()
    lines: tuple[Adjacency, ...] = ()
    gateways: tuple[Answering, ...] = ()

    @property
    def silent(self) -> tuple[Reached, ...]:
        return tuple(entry for entry in self.reached if not entry.is_reached)

    @property
    def lost(self) -> tuple[Session, ...]:
        """Sessions that should be up and aren't."""
        return tuple(session for session in self.sessions if not session.is_up)

    @property
    def dead(self) -> tuple[Adjacency, ...]:
        """Lines with nobody at the other end."""
        return tuple(line for line in self.lines if not line.is_full)

    @property
    def disputed(self) -> tuple[Answering, ...]:
        """Shared gateways that nobody answers for, or more than one."""
        return tuple(entry for entry in self.gateways if not entry.is_ok)

    @property
    def differing(self) -> tuple[str, ...]:
        return tuple(entry.device for entry in self.pending if entry.patch)

    @property
    def is_ok(self) -> bool:
        found = (self.silent, self.lost, self.dead, self.disputed, self.differing)
        return not any(found) and not any(entry.error for entry in self.pending)

    @property
    def is_settling(self) -> bool:
        """Whether neighbours may be about to find each other; a gateway that isn't configured yet finds nobody."""
        return bool(self.dead or (self.disputed and not self.differing))

    def as_data(self) -> JsonObject:
        return {
            "ok": self.is_ok,
            "devices": len(self.pending),
            "differing": list(self.differing),
            "unreadable": [{"device": entry.device, "error": str(entry.error)} for entry in self.pending if entry.error],
            "addresses": {f"ipv{version}": self._count(version) for version in (IPV4, IPV6)},
            "silent": [entry.as_data() for entry in self.silent],
            "sessions": {str(family): self._up(family) for family in (Family.IPV4, Family.IPV6)},
            "lost": [session.as_data() for session in self.lost],
            "lines": {str(family): self._full(family) for family in (Family.IPV4, Family.IPV6)},
            "dead": [line.as_data() for line in self.dead],
            "gateways": {str(family): self._answered(family) for family in (Family.IPV4, Family.IPV6)},
            "disputed": [entry.as_data() for entry in self.disputed],
        }

    def raise_on_error(self) -> None:
        """The gravest finding: a device that can't be read, one that nobody reaches, one that differs, a session that is down."""
        raise_unreadable(self.pending)
        if self.silent:
            names = listed(dict.fromkeys(f"{entry.device} {entry.interface} {entry.address}" for entry in self.silent), 4)
            raise ChangeFailed(
                _("{count} addresses don't answer: {names}").format(count=len(self.silent), names=names),
                why=_("measured by {observers}").format(
                    observers=", ".join(sorted({entry.observer for entry in self.silent} - {""})) or _("nobody")
                ),
                hint=_("citynode lab status shows links that are cut; citynode net diff shows what routers lack"),
            )
        if self.differing:
            raise ChangesPending(
                _("{count} devices differ from the city's intent: {names}").format(count=len(self.differing), names=listed(self.differing)),
                hint=_("citynode net diff shows how; citynode net push brings them back"),
            )
        if self.lost:
            names = listed((f"{entry.device} - {entry.peer} {entry.address} ({entry.state})" for entry in self.lost), 4)
            raise ChangeFailed(
                _("{count} BGP sessions are not up: {names}").format(count=len(self.lost), names=names),
                why=_("the routers hold what they shall hold, and a neighbour doesn't answer or isn't configured yet"),
                hint=_("citynode lab status shows what is down; --wait gives a session that is being set up its time"),
            )

        if self.disputed:
            names = listed((f"{'/'.join(entry.routers)} {entry.address} ({_masters(entry)})" for entry in self.disputed), 4)
            raise ChangeFailed(
                _("{count} shared gateways aren't answered for by exactly one router: {names}").format(
                    count=len(self.disputed), names=names
                ),
                why=_("with none its hosts have no way out; with two the routers don't hear each other over the local network"),
                hint=_("look at the routers' lan0 and at what lies between; --wait gives a router that just came back its time"),
            )

        if self.dead:
            names = listed(dict.fromkeys(f"{line.device} {line.interface} - {line.peer}" for line in self.dead), 4)
            raise ChangeFailed(
                _("{count} lines have no neighbour at their end: {names}").format(count=len(self.dead), names=names),
                why=_("the traffic goes another way, and the next failure may leave none"),
                hint=_("citynode lab status shows links that are cut; --wait gives a line that comes back its time"),
            )

    def _count(self, version: int) -> JsonObject:
        found = [entry.is_reached for entry in self.reached if entry.address.version == version]
        return {"measured": len(found), "reached": sum(found)}

    def _answered(self, family: Family) -> JsonObject:
        found = [entry.is_ok for entry in self.gateways if entry.family is family]
        return {"wanted": len(found), "answered": sum(found)}

    def _full(self, family: Family) -> JsonObject:
        found = [line.is_full for line in self.lines if line.family is family]
        return {"wanted": len(found), "full": sum(found)}

    def _up(self, family: Family) -> JsonObject:
        found = [session.is_up for session in self.sessions if session.family is family]
        return {"wanted": len(found), "up": sum(found)}


def verify(desk: Desk, names: Sequence[str], *, patience: float = 0.0) -> Verification:
    """Compare and measure these devices; what is silent or down is asked again for as long as `patience` says.

    Lines and shared gateways get the time that two routers need to find each other, whatever `patience` says.
    """
    desk.control.progress.stage(_("compare {count} devices").format(count=len(names)))
    pending = compare(desk, targets(desk.city, desk.rollout, names), keep=True)
    desk.control.progress.stage(_("measure {count} devices from outside").format(count=len(names)))
    began = time.monotonic()
    with closing(desk.kept):
        while True:
            reached, lines = (*_measure(desk, names, IPV4), *_measure(desk, names, IPV6)), adjacencies(desk, names)
            found = Verification(pending, reached, sessions(desk, names), lines, answering(desk, names))
            enough = patience if found.silent or found.lost else max(patience, MEET_SECONDS) if found.is_settling else 0.0
            if time.monotonic() >= began + enough:
                return found
            time.sleep(1.0)


def _masters(entry: Answering) -> str:
    return " ".join(entry.masters) or _("nobody")


def _measure(desk: Desk, names: Sequence[str], version: int) -> list[Reached]:
    """Each device's addresses, asked by the best connected router that isn't the device itself."""
    left = [entry for name in names for entry in _addresses(desk, name, version)]
    found: list[Reached] = []
    for observer in observers(desk.city, carrying=desk.rollout.routers if version == IPV6 else None)[:4]:
        mine = [entry for entry in left if entry.device != observer]
        if not mine:
            continue
        try:
            counts = desk.prober.probe(observer, [entry.address for entry in mine], count=3, interval_ms=200)
        except Unreachable:
            continue
        found += [Reached(entry.device, entry.interface, entry.address, observer, counts[entry.address].is_reached) for entry in mine]
        left = [entry for entry in left if entry.device == observer]
    return [*found, *left]


def _addresses(desk: Desk, name: str, version: int) -> list[Reached]:
    """What of a device shall answer in this family; nobody has asked yet."""
    plan = addressing(desk.city)
    if version == IPV6 and name not in desk.rollout.routers:
        return []
    loopback, lan = plan.loopback(name), plan.lan(name)
    found: list[tuple[str, Address]] = [("lo", loopback.ipv4 if version == IPV4 else loopback.ipv6)]
    if lan is not None:
        found.append(("lan0", (lan.ipv4 if version == IPV4 else lan.ipv6).ip))
    return [Reached(name, interface, address, "", is_reached=False) for interface, address in found]
