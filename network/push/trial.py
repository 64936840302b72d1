"""A change of one device on trial: what is armed, and how a device that was lost comes back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from network.compare import snapshot_target
from network.desk import Desk
from network.devices.device import Confirm, Device, Trial
from network.dialect import dialect
from network.diff import diff
from network.push.journal import ARMED, KNOWN_CHANGES, ChangeLog, left_on_trial
from network.tree import Tree
from ops.errors import CitynodeError, TimedOut, Unreachable

COME_BACK = 1.25
"""A device that takes itself back is given so much of its time."""
LOST = (Unreachable, TimedOut)
"""What is wrong with a device that may be neither old nor new, and can't be asked now."""


@dataclass(frozen=True)
class Trials:
    """The trials of one change; what earlier changes left is read once."""

    desk: Desk
    log: ChangeLog
    targets: Mapping[str, Tree]

    def of(self, name: str, *, resumed: bool) -> Trial:
        """What a device is armed with: the lines from its target back to its snapshot."""
        city, care = self.desk.city, self.desk.care
        before = snapshot_target(city, name, self.log.before(name) or "")
        back = diff(self.targets[name], before, dialect(city.router_by_name[name].dialect)).commands
        return Trial(
            self.log.change_id,
            care.trial_seconds,
            back,
            care.accept_emulation,
            resumed,
            frozenset(other.change_id for other in self._others),
        )

    def left_behind(self, name: str) -> tuple[str, ...]:
        """Earlier changes that were killed, or got stuck, while the device was on trial for them."""
        return self._left_behind.get(name, ())

    @cached_property
    def _others(self) -> list[ChangeLog]:
        """The last changes before this one: older ones have nothing on trial any more."""
        return [other for other in self.desk.journal.changes() if other.change_id != self.log.change_id][-KNOWN_CHANGES:]

    @cached_property
    def _left_behind(self) -> dict[str, tuple[str, ...]]:
        return left_on_trial(self._others)

    def means(self, name: str) -> Confirm:
        """By what the device was armed in this change."""
        found = [note.get("by") for note in self.log.notes() if note["device"] == name and note["state"] == ARMED]
        return Confirm(found[-1]) if found and found[-1] else Confirm.EMULATED

    def patience(self, name: str) -> float:
        """How long a lost device may take to be back."""
        care = self.desk.care
        return care.settle_seconds + (care.trial_seconds * COME_BACK if self.means(name).acts_alone else 0)

    def reconnect(self, name: str) -> Device:
        """A session to a device that may be on its way back by itself."""
        until = time.monotonic() + self.patience(name)
        while True:
            try:
                return self.desk.fleet.connect(name)
            except LOST:
                if time.monotonic() > until:
                    raise
            time.sleep(min(1.0, self.desk.care.settle_seconds / 4))


def is_lost(problem: CitynodeError) -> bool:
    """Whether the device can't be asked now."""
    return isinstance(problem, LOST)
