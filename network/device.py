"""A device as the engine sees it: four verbs, and a fleet that opens sessions to devices by name.

The real fleet (`network.ssh`) and the one in memory (`network.fake`) are held to the same contract by
`tests/contract/test_device.py`. Nothing else in `network` opens a connection for configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Device(Protocol):
    """An open session to one device."""

    name: str

    def running(self) -> str:
        """The running configuration as the device prints it."""

    def show(self, command: str) -> str:
        """What a read-only command prints."""

    def apply(self, lines: Sequence[str]) -> None:
        """Type the lines in configuration mode; stops at the first that the device doesn't take silently."""

    def save(self) -> None:
        """Keep the running configuration over a restart."""

    def close(self) -> None:
        """End the session; never fails."""


class Fleet(Protocol):
    """Every device that we can open a session to."""

    def connect(self, name: str) -> Device:
        """A new session; raises a subclass of `ops.errors.Unreachable` when there is none to be had."""
