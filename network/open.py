"""The desk of a real city or a lab: its routers over SSH, its measurements over the account that can do nothing else."""

from __future__ import annotations

from city.model import City
from network.desk import Care, Desk
from network.devices.probe import SshProber
from network.devices.ssh import SshFleet
from ops.access import Access
from ops.control import Control


def open_desk(city: City, access: Access, control: Control, care: Care | None = None) -> Desk:
    """The desk; nothing is connected before it is used, and both login files exist."""
    return Desk(city, SshFleet(city, access), SshProber(city, access), control, care or Care())
