"""Progress is an observer: the library tells it what happens, the command line shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about the work as it goes; must never fail."""

    def stage(self, text: str) -> None:
        """A new stage begins."""

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        """Something within the stage moved on; `total` 0 means unknown."""

    def note(self, text: str) -> None:
        """Something that a person should see and that is no failure."""


class Silent:
    """Shows nothing."""

    def stage(self, text: str) -> None:
        """Ignore it."""

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""
