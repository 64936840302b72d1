"""Real routers keep the promises that the fleet in memory keeps (`tests/contract/test_device.py`)."""

from __future__ import annotations

from contextlib import closing

import pytest

from network.devices.device import Trial
from network.devices.drivers.frr import LOAD_FROM
from network.devices.ssh import SshFleet
from network.errors import DeviceRefused, TrialLapsed
from tests.contract.device_contract import FRR, NAME, Promise, every_promise
from tests.lab.rig import Rig
from tests.waiting import wait_until


@every_promise
def test_routers_over_ssh(lab: Rig, promise: Promise) -> None:
    promise(lab.city, SshFleet(lab.city, lab.access), FRR)


def test_many_lines_under_a_guard_are_one_file_and_a_refused_one_is_named(lab: Rig) -> None:
    """Loaded, not typed; what was taken around the refused line goes back with the trial, and no file of it stays on the router."""
    fleet = SshFleet(lab.city, lab.access)
    many = ("interface ge9", *(f"description load-{number}" for number in range(LOAD_FROM)))
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        device.arm(Trial("chg-load", 4, ("no interface ge9",)))
        device.apply(("interface ge9", "description typed", "exit", *many, "exit"))
        assert f" description load-{LOAD_FROM - 1}\n" in device.running()
        with pytest.raises(DeviceRefused) as refused:
            device.apply(("interface ge9", "description typed", "exit", *many, "frobnicate the network", "ip ospf cost 7", "exit"))
        assert refused.value.what == f"{NAME} did not take 'frobnicate the network'"
        assert f"line {len(many) + 1}: % Unknown command" in refused.value.why
        assert " ip ospf cost 7\n" in device.running()
        wait_until(device.running, lambda text: text == before, seconds=12, pause=0.1)
        with pytest.raises(TrialLapsed):
            device.apply(("interface ge9", "exit", *many, "exit"))
        assert device.running() == before
