"""Each language takes a trial's time in its own bounds and units, and never a shorter one than was asked for."""

from __future__ import annotations

import pytest

from city.model import Dialect
from network.devices.drivers import DRIVERS
from network.devices.drivers.capability import CAPABILITIES


@pytest.mark.parametrize(
    ("dialect", "seconds", "units"),
    [
        (Dialect.FRR, 12, 12),
        (Dialect.FRR, 12.5, 13),
        (Dialect.VRP8, 5, 60),
        (Dialect.VRP8, 120, 120),
        (Dialect.VRP8, 100_000, 65535),
        (Dialect.COMWARE7, 5, 1),
        (Dialect.COMWARE7, 61, 2),
        (Dialect.COMWARE7, 120, 2),
    ],
)
def test_a_trials_time_as_the_device_takes_it(dialect: Dialect, seconds: float, units: int) -> None:
    assert CAPABILITIES[dialect].units(seconds) == units


def test_every_language_has_a_driver_and_a_record() -> None:
    assert set(DRIVERS) == set(CAPABILITIES) == set(Dialect)


def test_only_an_emulation_needs_us_alive() -> None:
    assert {dialect for dialect, able in CAPABILITIES.items() if not able.confirm.acts_alone} == {Dialect.VRP5}
