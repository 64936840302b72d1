"""After how long something of a move counts as stuck: reckoned from what has to be carried or read, with a wide margin. Pure.

What can be seen to come on is not measured by these but by how long nothing comes (`PATIENCE`).
"""

from __future__ import annotations

from migrate.planning.rules import VERIFY_GB_PER_HOUR

PATIENCE = 90.0
"""Seconds without a byte over the link after which it is given up."""
ANSWER = 900.0
"""Seconds for an answer that takes no reading to speak of."""
MARGIN = 4
"""How many times as long as planned something may take."""


def carrying(size: int, mbit: float) -> float:
    """Seconds for so many bytes over a share of a link."""
    return PATIENCE + MARGIN * size * 8e-6 / mbit


def reading(size: int) -> float:
    """Seconds for a sum over so many bytes, at the pace that the planner takes for granted."""
    return ANSWER + MARGIN * size / (VERIFY_GB_PER_HOUR * 1e9 / 3600)
