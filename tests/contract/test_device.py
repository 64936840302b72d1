"""The fleet in memory keeps the promises of real devices (`tests/lab/test_device_contract.py` holds real ones to them)."""

from __future__ import annotations

from city.load import load_city
from lab.frr.config import router_config
from network.devices.fake import FakeFleet
from tests.contract.device_contract import FRR, Promise, every_promise


@every_promise
def test_devices_in_memory(promise: Promise) -> None:
    city = load_city("tiny")
    promise(city, FakeFleet({router.name: router_config(city, router.name) for router in city.routers}), FRR)
