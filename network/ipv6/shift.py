"""A place gets IPv6, or gives it up: what changes on routers, in the declared state and in the names. Plans; changes nothing.

What a shift brings about depends on the place and the city alone, not on how far an earlier run came: so the same
command after kill -9 is the same work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from city.model import City
from network.compare import Compared, Pending, compare, targets
from network.desk import Desk
from network.dns.server import NameServer, Rrset, as_data, differing
from network.ipv6.place import places_of, routers_of
from network.ipv6.records import TTL, Record, records, reverse_zone
from network.push.change import Change, make_change
from network.push.plan import Order
from network.rollout import Rollout
from ops.errors import Unreachable
from ops.language import _
from ops.plan import JsonObject, digest

KIND = "net-ipv6"
"""One kind of work for both ways: while one is unfinished, the other is refused."""
ROLLOUT, WITHDRAW = "rollout", "withdraw"


@dataclass(frozen=True, slots=True)
class ZoneSets:
    """The record sets of one zone as they shall be."""

    zone: str
    sets: tuple[Rrset, ...]


@dataclass(frozen=True)
class Shift(Compared):
    """What is to be done, and what of it the world still lacks."""

    verb: str
    place: str
    change: Change
    zones: tuple[ZoneSets, ...]
    pending: tuple[Pending, ...]
    pending_names: tuple[Rrset, ...]
    notes: tuple[str, ...] = ()

    @property
    def after(self) -> Rollout:
        return self.change.rollout

    @property
    def is_declared(self) -> bool:
        return self.change.rollout_before == self.after

    @property
    def is_clean(self) -> bool:
        return self.is_declared and not self.to_change and not self.unreadable and not self.pending_names

    @property
    def payload(self) -> JsonObject:
        """What the run is known by; `lines` are those that were shown, so that an approval is for them and no others."""
        names = [as_data(rrset) for zone in self.zones for rrset in zone.sets]
        lines = {entry.device: list(entry.patch.commands) for entry in self.to_change}
        shown = digest({"lines": lines, "names": [as_data(rrset) for rrset in self.pending_names]})
        found: JsonObject = {**self.change.payload, "verb": self.verb, "place": self.place, "names": digest(names), "lines": shown}
        return {**found, "plan_hash": digest({"kind": KIND, **found})}

    def as_data(self, city: City) -> JsonObject:
        """The plan as it is printed and approved."""
        return {
            "plan": self.payload["plan_hash"],
            "verb": self.verb,
            "place": self.place,
            "devices": len(self.pending),
            "pending": len(self.to_change),
            "declared": self.is_declared,
            "waves": [{"name": wave.name, "devices": list(wave.devices)} for wave in self.change.waves],
            **self.differences(city),
            "names": [as_data(rrset) for rrset in self.pending_names],
            "notes": list(self.notes),
        }

    def check_ready(self) -> None:
        """Refuse to begin while a router that carries others can't be reached: nothing is half changed then."""
        critical = {name for wave in self.change.waves if wave.is_critical for name in wave.devices}
        for entry in self.unreadable:
            if entry.device in critical and entry.error is not None:
                error = Unreachable if entry.error.exit_code == Unreachable.exit_code else type(entry.error)
                raise error(
                    _("{device} must be reached before anything is changed: others depend on it").format(device=entry.device),
                    why=str(entry.error),
                    hint=entry.error.hint,
                )


def plan_rollout(desk: Desk, server: NameServer | None, place: str) -> Shift:
    """Give the place IPv6: the spine first, so that every router finds a neighbour that carries it."""
    before, chosen = desk.rollout, routers_of(desk.city, place)
    after = replace(before, routers=before.routers | frozenset(chosen), places=before.places | places_of(desk.city, place))
    return _plan(desk, server, ROLLOUT, place, after, Order.SPINE_FIRST)


def plan_withdraw(desk: Desk, server: NameServer | None, place: str) -> Shift:
    """Take IPv6 from the place, the edge first; routers that other places need keep it."""
    routers_of(desk.city, place)
    return _plan(desk, server, WITHDRAW, place, without(desk.city, desk.rollout, place), Order.EDGE_FIRST)


def without(city: City, rollout: Rollout, place: str) -> Rollout:
    """The state after a place gave IPv6 up."""
    left = rollout.places - places_of(city, place)
    kept = {name for other in left for name in routers_of(city, other)}
    return replace(rollout, routers=rollout.routers - (frozenset(routers_of(city, place)) - kept), places=left)


def zones(city: City, server: NameServer | None, chosen: tuple[str, ...], after: Rollout) -> tuple[ZoneSets, ...]:
    """The record sets that concern these routers and the centres, as they shall be after the shift."""
    if server is None:
        return ()
    concerned, wanted = records(city, chosen), frozenset(records(city, after.routers))
    domain, reverse = city.address_plan.domain, reverse_zone(city)
    found = [ZoneSets(domain, tuple(_forward(record, record in wanted) for record in concerned))]
    if server.serves(reverse):
        found.append(ZoneSets(reverse, tuple(_backward(record, record in wanted) for record in concerned)))
    return tuple(found)


def _plan(desk: Desk, server: NameServer | None, verb: str, place: str, after: Rollout, order: Order) -> Shift:
    city = desk.city
    chosen = routers_of(city, place)
    if server is not None:
        server.check(city.address_plan.domain)
    sets = zones(city, server, chosen, after)
    wanted = targets(city, after, chosen)
    desk.control.progress.stage(_("compare {count} devices").format(count=len(wanted)))
    return Shift(
        verb=verb,
        place=place,
        change=make_change(desk, KIND, wanted, rollout=after, order=order),
        zones=sets,
        pending=compare(desk, wanted),
        pending_names=differing(server, [rrset for zone in sets for rrset in zone.sets]) if server else (),
        notes=_notes(city, sets),
    )


def _notes(city: City, found: tuple[ZoneSets, ...]) -> tuple[str, ...]:
    """What is not done, and why."""
    if not found:
        return (_("no name server in the access file: names are left alone"),)
    if len(found) == 1:
        return (_("the name server does not serve {zone}: no PTR records").format(zone=reverse_zone(city)),)
    return ()


def _forward(record: Record, is_wanted: bool) -> Rrset:  # noqa: FBT001 - one of two forms of the same record
    return Rrset(record.name, "AAAA", (str(record.address),) if is_wanted else (), TTL)


def _backward(record: Record, is_wanted: bool) -> Rrset:  # noqa: FBT001 - one of two forms of the same record
    return Rrset(record.pointer.rstrip("."), "PTR", (f"{record.name}.",) if is_wanted else (), TTL)
