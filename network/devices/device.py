"""A device as the engine sees it, and a fleet that opens sessions to devices by name.

The real fleet (`network.devices.ssh`) and the one in memory (`network.devices.fake`) are held to the same contract by
`tests/contract/test_device.py`. Nothing else in `network` opens a connection for configuration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Confirm(StrEnum):
    """What takes a device back when nobody confirms a change; from the best to the weakest."""

    TRIAL = "trial"
    """The device commits for a time and goes back by itself (VRP 8)."""
    DELAYED = "delayed"
    """The device rolls back a configuration that isn't committed in time (newer Comware 7)."""
    GUARD = "guard"
    """A small program on the device types the lines back (FRR)."""
    EMULATED = "emulated"
    """Nothing on the device: we take it back ourselves, as long as we live and reach it."""

    @property
    def acts_alone(self) -> bool:
        """Whether the device comes back without us."""
        return self is not Confirm.EMULATED


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that a device is to take back by itself unless it is confirmed in time."""

    change: str
    seconds: float
    back: tuple[str, ...] = ()
    """The lines that bring the device from its target to what it held before; some of them may have nothing to do."""
    consent: bool = False
    """Go on also where nothing on the device would act alone."""
    resumed: bool = False
    """This change was begun here before: a trial that can't say whose it is counts as its own."""
    ours: frozenset[str] = frozenset()
    """Earlier changes of this state folder: a trial that one of them left behind may be replaced."""


class Device(Protocol):
    """An open session to one device."""

    name: str

    def running(self) -> str:
        """The running configuration as the device prints it."""

    def show(self, command: str) -> str:
        """What a read-only command prints."""

    def answers(self) -> bool:
        """Whether the session is still of use, found out within a few seconds; never fails."""

    def arm(self, trial: Trial) -> Confirm:
        """From now on the device goes back by itself unless the change is confirmed; says by what means.

        Arming the same change again begins its time anew. Raises `DeviceBusy` where somebody else holds a trial, and
        `ConsentNeeded` where only an emulation is to be had and `trial.consent` doesn't allow it.
        """

    def apply(self, lines: Iterable[str]) -> None:
        """Type the lines in configuration mode; stops at the first section with a line that the device doesn't take silently."""

    def confirm(self, change: str) -> None:
        """Keep what was changed on trial; raises `TrialLapsed` if the device doesn't hold that trial any more."""

    def abandon(self, change: str) -> None:
        """Let the device drop a trial of this change, where it can do that at once; what it holds then must be read."""

    def save(self) -> None:
        """Keep the running configuration over a restart."""

    def close(self) -> None:
        """End the session; never fails."""

    def cut(self) -> None:
        """End the session at once, from any thread: whoever is waiting for the device gets an error. Never fails."""


class Fleet(Protocol):
    """Every device that we can open a session to."""

    def connect(self, name: str) -> Device:
        """A new session; raises a subclass of `ops.errors.Unreachable` when there is none to be had."""
