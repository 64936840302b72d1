"""The drivers against servers that talk as VRP 8, VRP 5 and Comware 7 do: what they promise, and what they fall into no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from city.model import Dialect
from lab.vendors.traps import Traps
from network.device import Confirm, Trial
from network.errors import ConsentNeeded, DeviceBusy, DeviceRefused, DeviceUnreachable, HostKeyRefused, LoginRefused, NotSaved
from ops.errors import CitynodeError
from tests.contract.device_contract import NAME, TIMED, Promise, Words, every_promise
from tests.contract.vendor_fleet import VendorFleet, vendor_fleet

VRP = Words("interface LoopBack0", "interface GigabitEthernet0/1/1", "quit", "undo")
WORDS = {
    Dialect.VRP8: VRP,
    Dialect.VRP5: VRP,
    Dialect.COMWARE7: Words(
        "interface LoopBack0", "interface GigabitEthernet1/0/1", "quit", "undo", "a delayed commit runs there, and it can't say whose"
    ),
}


@pytest.fixture(params=WORDS, ids=str)
def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[VendorFleet, Dialect]]:
    with vendor_fleet(tmp_path, {NAME: request.param}) as found:
        yield found, request.param


@every_promise
def test_vendors_devices(vendor: tuple[VendorFleet, Dialect], promise: Promise) -> None:
    there, dialect = vendor
    if dialect is Dialect.VRP5 and promise in TIMED:
        with closing(there.fleet.connect(NAME)) as device, pytest.raises(ConsentNeeded):
            device.arm(Trial("chg-1", 60))
        return
    promise(there.city, there.fleet, WORDS[dialect])
