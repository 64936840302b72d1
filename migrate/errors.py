"""What a move can fail of, beside what every operation can.

CitynodeError
├── NotReady (PolicyRefused)    something has to be put right before the system can move; nothing was changed
├── Different                   the two sides are not the same: nothing is switched
└── Stalled (TimedOut)          the copy or the delta does not come on
"""

from __future__ import annotations

from ops.errors import CitynodeError, PolicyRefused, TimedOut


class NotReady(PolicyRefused):
    """A precondition does not hold."""


class Different(CitynodeError):
    """The verification found a difference between source and target."""


class Stalled(TimedOut):
    """Nothing came over the link for longer than is patient."""
