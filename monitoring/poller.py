"""A poller for callers in other threads: one engine, one event loop, one round at a time.

Scrapes that come while a round runs, or right after one, share it: devices are never asked twice for the same moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Lock, Thread
from time import monotonic
from typing import Self

from monitoring.askers import make_asker_in_loop
from monitoring.model import Round, Target
from monitoring.poll import poll_round

FRESH_SECONDS = 0.5
PATIENCE_SECONDS = 1.0
"""Shorter than for a person's poll: a scrape has its own time limit, and two tries must fit into it."""


class Poller:
    """Polls these targets whenever asked; use it as a context."""

    def __init__(self, targets: Sequence[Target], *, backend: str = "") -> None:
        self._targets = tuple(targets)
        self._backend = backend
        self._lock = Lock()
        self._last: tuple[float, Round] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="poller", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._asker = asyncio.run_coroutine_threadsafe(make_asker_in_loop(self._backend), self._loop).result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._asker.close)
        self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def poll(self) -> Round:
        """A round that ended within the last half second, or a new one."""
        with self._lock:
            if self._last is None or monotonic() - self._last[0] > FRESH_SECONDS:
                work = poll_round(self._targets, self._asker, concurrency=len(self._targets) or 1, patience=PATIENCE_SECONDS)
                found = asyncio.run_coroutine_threadsafe(work, self._loop).result()
                self._last = (monotonic(), found)  # of its end: whoever waited while it ran shares it
            return self._last[1]
