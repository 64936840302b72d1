"""Fault injection: `CITYNODE_KILL_AT=<name>[:before|:after]` makes the process kill itself there, as `kill -9` would.

It is for tests and rehearsals of crashes only; without the variable these calls do nothing. `before` (the default)
is right before the work, `after` is when the work is done and nobody has written that down yet.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "CITYNODE_KILL_AT"


def kill_point(name: str, moment: str) -> None:
    """Die here if the environment asks for it."""
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        return
    wanted, _colon, when = asked.partition(":")
    if wanted == name and (when or "before") == moment:
        os.kill(os.getpid(), signal.SIGKILL)
