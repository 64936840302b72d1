"""Comware 7 (H3C): lines take effect at once; newer releases roll them back unless they are committed in time.

Sources: HPE FlexNetwork 5510 HI fundamentals guide, "Configuring configuration commit delay" (release 1121 and later). The device
can't say whose delay runs; an older release doesn't know the command, and is changed by emulation, with consent only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from city.model import Dialect
from network.devices.device import Confirm, Trial
from network.devices.drivers.capability import CAPABILITIES
from network.devices.drivers.cli import TYPE_SECONDS, CliDevice
from network.devices.drivers.problems import session_errors
from network.devices.drivers.terminal import Terminal
from network.devices.drivers.vrp import VRP5
from network.errors import DeviceBusy, TrialLapsed
from ops.language import _

COMWARE7 = replace(
    VRP5,
    quiet=("screen-length disable",),
    harmless=re.compile(r"System View: return to User View|Info:|Warning:|The system will"),
    factory_names=("H3C", "Sysname"),
)
UNKNOWN = re.compile(r"Unrecognized command", re.IGNORECASE)
LAPSED = re.compile(r"no (?:configuration )?commit delay|not (?:been )?(?:enabled|configured)", re.IGNORECASE)
RUNNING = re.compile(r"already|in progress", re.IGNORECASE)


class Comware7Terminal(Terminal):
    """Comware 7 behind SSH."""

    talk = COMWARE7


class Comware7Device(CliDevice):
    """One open session."""

    terminal = Comware7Terminal
    save_command: ClassVar[str] = "save force"
    saved: ClassVar[str] = "successfully"

    def arm(self, trial: Trial) -> Confirm:
        said = self._in_system_view(f"configuration commit delay {CAPABILITIES[Dialect.COMWARE7].units(trial.seconds)}")
        if UNKNOWN.search(said):
            return super().arm(trial)
        if RUNNING.search(said) and not trial.resumed:
            raise DeviceBusy(self.name, _("a delayed commit runs there, and it can't say whose"))
        return Confirm.DELAYED

    def confirm(self, change: str) -> None:
        said = self._in_system_view("configuration commit")
        if LAPSED.search(said):
            raise TrialLapsed(self.name, said.strip())

    def _in_system_view(self, command: str) -> str:
        with session_errors(self.name):
            self._typed((self._talk.enter,))
            said = self._session.line(command, timeout=TYPE_SECONDS)
            self._typed((self._talk.leave,))
        return said
