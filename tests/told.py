"""Tests hear what a run tells of its progress."""

from __future__ import annotations

from ops.progress import Silent


class Told(Silent):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        self.steps.append(text)
