"""Tests wait for what comes by itself, and no longer than they say."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str = "", pause: float = 0.3) -> None:
    """Return as soon as it is so; fail when it isn't after these seconds."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not within {seconds:g} s{what and ': '}{what}"
        time.sleep(pause)
