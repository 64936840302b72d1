"""What each command language can do to take a change back without us: one record each.

Sources: Huawei NE8000 command reference, `commit` and `abort trial` (60 to 65535 s, default 600, description of at most
60 characters); HPE FlexNetwork 5510 HI fundamentals guide, "Configuring configuration commit delay" (from release 1121).
For VRP 5 no such command was found in any manual: that is absence of evidence, so its record promises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from city.model import Dialect
from network.devices.device import Confirm
from ops.language import _


@dataclass(frozen=True, slots=True)
class Capability:
    """How a language's devices are held to a change."""

    confirm: Confirm
    """The best that it has; a device whose release lacks it falls back to an emulation."""
    least_seconds: int = 1
    most_seconds: int = 86400
    unit_seconds: int = 1
    """The unit in which the device takes its time."""

    def units(self, seconds: float) -> int:
        """A trial's time as the device takes it: within its bounds, never shorter than asked."""
        return ceil(min(max(seconds, self.least_seconds), self.most_seconds) / self.unit_seconds)


CAPABILITIES: dict[Dialect, Capability] = {
    Dialect.FRR: Capability(Confirm.GUARD),
    Dialect.VRP8: Capability(Confirm.TRIAL, least_seconds=60, most_seconds=65535),
    # Minutes are from general knowledge: no manual that states the unit was at hand. Were they seconds, a trial would end early.
    Dialect.COMWARE7: Capability(Confirm.DELAYED, least_seconds=60, unit_seconds=60),
    Dialect.VRP5: Capability(Confirm.EMULATED),
}


def emulation_cannot() -> str:
    """What an emulated confirmation does not promise, as people read it."""
    return _("lines take effect at once, and if we or the way to it are lost in between, it stays as it is then")
