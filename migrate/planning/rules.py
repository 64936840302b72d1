"""What the planner takes for granted: the team's hands, and what a cutover consists of. One table, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

UNIT = timedelta(minutes=15)
"""The grain of the plan: everything begins on a quarter of an hour."""

SETTLE = timedelta(hours=24)
"""How long a finished pre-copy keeps up before its cutover: time for the rehearsal, and for a link that was cut."""

PREPARE = timedelta(minutes=30)
"""Of a cutover: drain the application, switch the address and the names."""

GO_BACK = timedelta(minutes=30)
"""Of a cutover: kept free at its end, so that a roll back fits into the same window."""

BACKLOG = timedelta(hours=1)
"""The writes that the last delta brings over at most: files are synchronised again every hour."""

VERIFY_GB_PER_HOUR = 200
"""Both sides sum up every table and file, side by side, from their own disks."""

GO_LIVE = timedelta(hours=2)
"""A system in construction has nothing to copy: it is opened to its users, and watched."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of one plan."""

    weeks: int = 26
    """How far ahead nights are looked for."""
    per_window: int = 4
    """Cutovers that the team can do in one window."""
    at_once: int = 2
    """Cutovers that the team can do side by side."""
    seconds: float = 60
    """Limit of the search, in the solver's own deterministic seconds; four times as many on the clock end it too."""
