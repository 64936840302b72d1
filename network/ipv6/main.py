"""The walk of an IPv6 rollout, in order: plan it, show it, carry it out, verify it. The one door for commands."""

from __future__ import annotations

from city.model import City
from network.change import Report
from network.desk import Desk, folder_of
from network.dns import DnsUpdates, NameServer
from network.ipv6.carry import Carrier
from network.ipv6.shift import Shift, plan_rollout, plan_withdraw
from network.rollout import Rollout, load_rollout
from ops.access import Access
from ops.control import Control


def name_server(access: Access) -> NameServer | None:
    """The primary name server, if the access file names one."""
    return None if access.dns is None else DnsUpdates(access.dns)


def declared(control: Control, city: City) -> Rollout:
    """Which routers and places carry IPv6, without a way to any of them."""
    return load_rollout(folder_of(control, city))


def carry_out(desk: Desk, server: NameServer | None, shift: Shift) -> Report:
    """Do what was planned, or take it up where a killed run left it."""
    return Carrier(desk, server, shift).run()


__all__ = ["carry_out", "declared", "name_server", "plan_rollout", "plan_withdraw"]
