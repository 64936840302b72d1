"""VRP 5 (AR and S series, older NE): lines take effect at once and nothing takes them back: an emulation, by consent only."""

from __future__ import annotations

from typing import ClassVar

from network.devices.drivers.cli import CliDevice
from network.devices.drivers.terminal import Terminal
from network.devices.drivers.vrp import VRP5


class Vrp5Terminal(Terminal):
    """VRP 5 behind SSH."""

    talk = VRP5


class Vrp5Device(CliDevice):
    """One open session."""

    terminal = Vrp5Terminal
    save_command: ClassVar[str] = "save"
    saved: ClassVar[str] = "successfully"
