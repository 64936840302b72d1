"""Real routers keep the promises that the fleet in memory keeps (`tests/contract/test_device.py`)."""

from __future__ import annotations

from network.ssh import SshFleet
from tests.contract.device_contract import FRR, Promise, every_promise
from tests.lab.rig import Rig


@every_promise
def test_routers_over_ssh(lab: Rig, promise: Promise) -> None:
    promise(lab.city, SshFleet(lab.city, lab.access), FRR)
