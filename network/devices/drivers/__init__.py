"""How devices are spoken to, one module a command language; this table says which driver speaks which."""

from __future__ import annotations

from city.model import Dialect
from network.devices.drivers.cli import CliDevice
from network.devices.drivers.comware7 import Comware7Device
from network.devices.drivers.frr import FrrDevice
from network.devices.drivers.vrp5 import Vrp5Device
from network.devices.drivers.vrp8 import Vrp8Device

DRIVERS: dict[Dialect, type[CliDevice]] = {
    Dialect.FRR: FrrDevice,
    Dialect.VRP8: Vrp8Device,
    Dialect.VRP5: Vrp5Device,
    Dialect.COMWARE7: Comware7Device,
}

__all__ = ["DRIVERS"]
