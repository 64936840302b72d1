"""A stream of traffic in the lab while a chapter looks at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

SETTLE = 42.0
"""Until an average over half a minute holds nothing from before the stream, scrapes every few seconds included."""


@contextmanager
def stream(lab: str, *, source: str, target: str, mbit: float, seconds: float) -> Iterator[Callable[[], float]]:
    """The stream is at its pace when the block begins; the function that it gives tells afterwards what was offered, Mbit/s."""
    from lab.labs import open_lab
    from lab.metrics.traffic import exchange
    from ops.folders import state_dir

    box = open_lab(state_dir(), lab)
    counted: dict[str, float] = {}
    sender = Thread(target=lambda: counted.update(exchange(box, source, target, mbit=mbit, seconds=seconds)))
    sender.start()
    time.sleep(SETTLE)
    try:
        yield lambda: counted["offered_mbit"]
    finally:
        sender.join()
