"""The walk of an IPv6 rollout, in order: plan it, show it, carry it out, verify it. The one door for commands."""

from __future__ import annotations

from dataclasses import dataclass

from city.model import City
from network.desk import Desk, folder_of
from network.dns.server import DnsUpdates, NameServer
from network.ipv6.carry import Carrier
from network.ipv6.shift import KIND, Shift, plan_rollout, plan_withdraw
from network.push.change import Report
from network.rollout import Rollout, load_rollout
from ops.access import Access
from ops.control import Control


def name_server(access: Access) -> NameServer | None:
    """The primary name server, if the access file names one."""
    return None if access.dns is None else DnsUpdates(access.dns)


def declared(control: Control, city: City) -> Rollout:
    """Which routers and places carry IPv6, without a way to any of them."""
    return load_rollout(folder_of(control, city))


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A rollout or withdrawal that was begun and has no end."""

    change_id: str
    verb: str
    place: str


def unfinished(control: Control, city: City) -> Unfinished | None:
    """The shift that was begun and has no end, if there is one."""
    from ops.record import Record

    found = Record.open(control).unfinished(KIND, city.name)
    return None if found is None else Unfinished(found.change_id, str(found.payload["verb"]), str(found.payload["place"]))


def carry_out(desk: Desk, server: NameServer | None, shift: Shift) -> Report:
    """Do what was planned, or take it up where a killed run left it."""
    return Carrier(desk, server, shift).run()


__all__ = ["Unfinished", "carry_out", "declared", "name_server", "plan_rollout", "plan_withdraw", "unfinished"]
