"""A process that lives for seconds: it need not look for garbage again and again while it imports, nor once more when it ends."""

from __future__ import annotations

import atexit
import gc

ALLOCATIONS = 20_000
"""Objects made, less those gone, before Python looks through the newest for garbage; it looks every 700 by itself."""


def collect_rarely() -> None:
    """Save a command up to a fifth of its processor time, which goes into looking through modules and classes that all stay.

    Memory that only a cycle holds is still given back, a little later; at the end of the process the system takes it all.
    """
    gc.set_threshold(ALLOCATIONS)
    atexit.register(gc.freeze)  # the interpreter's last look has nothing to look through then
