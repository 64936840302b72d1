"""One device: its configuration, what it has saved, a change on trial, and what outlives its sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import RLock

from lab.vendors.store import View
from lab.vendors.traps import Traps

FIRST_COMMIT = 1_000_000_001
"""Commit ids run from here (Huawei NE8000 command reference)."""


@dataclass(frozen=True, slots=True)
class Commit:
    """An entry of the commit list."""

    number: int
    user: str
    description: str
    trial: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that goes back unless it is committed in time."""

    until: float
    before: View


@dataclass(slots=True)
class VendorBox:
    """The state of one device."""

    name: str
    running: View = field(default_factory=View)
    saved: View = field(default_factory=View)
    traps: Traps = field(default_factory=Traps)
    pending: Pending | None = None
    commits: list[Commit] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    """Every configuration line that was ever typed."""
    answers: list[str] = field(default_factory=list)
    """What was answered to every question."""
    sessions: int = 0
    """Logins that are open now."""
    away_until: float = 0.0
    hurry: float = 1.0
    """Trials run this many times faster than told: tests have no minute to wait."""
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        if not self.running.lines:
            self.running.lines.append(f"sysname {self.name}")
            self.saved = self.running.copied()

    @property
    def sysname(self) -> str:
        return next((line.split()[1] for line in self.running.lines if line.startswith("sysname ")), "")

    @property
    def is_away(self) -> bool:
        """Whether it is starting and answers nobody."""
        return time.monotonic() < self.away_until

    def tick(self) -> None:
        """Go back if the time of what is pending is over."""
        with self.lock:
            if self.pending is not None and time.monotonic() >= self.pending.until:
                self.go_back()

    def hold(self, seconds: float, before: View) -> None:
        """From now on it goes back to `before` unless that is called off in time."""
        self.pending = Pending(time.monotonic() + seconds / self.hurry, before)

    def go_back(self) -> None:
        with self.lock:
            if self.pending is not None:
                self.running, self.pending = self.pending.before, None
                self.commits = [commit for commit in self.commits if not commit.trial]

    def commit(self, user: str, description: str, *, trial: bool = False) -> Commit:
        number = FIRST_COMMIT + len(self.commits)
        made = Commit(number, user, description, trial)
        self.commits.append(made)
        return made

    def settle(self) -> None:
        """Keep what is pending."""
        with self.lock:
            self.pending = None
            self.commits = [Commit(commit.number, commit.user, commit.description, trial=False) for commit in self.commits]

    def reboot(self) -> None:
        """Lose everything that was not saved, and be away for a while."""
        with self.lock:
            self.running, self.pending = self.saved.copied(), None
            self.away_until = time.monotonic() + self.traps.away
