"""Tests wait for what comes by itself, and no longer than they say."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(look: Callable[[], T], is_so: Callable[[T], object] = bool, *, seconds: float, what: str = "", pause: float = 0.3) -> T:
    """What `look` sees as soon as it is so; fails with what it saw last when that isn't after these seconds."""
    until = time.monotonic() + seconds
    while not is_so(seen := look()):
        assert time.monotonic() < until, f"not within {seconds:g} s{what and ': '}{what}; seen: {seen}"
        time.sleep(pause)
    return seen
