"""The API server's objects, followed: what is known of each kind now, and a bell for when that changes.

One thread a kind waits at its watch and costs nothing while nothing changes. An object that changed in what doesn't matter here
(a pod's readiness, a namespace's annotations) rings no bell. While the API server is away, what was known stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from lab.fences.api import Api, Expired, Lost, Raw
from lab.fences.model import Namespace, Network, Pod, Policy, View

Thing = Namespace | Pod | Policy
Reader = Callable[[Raw], Thing | None]
RETRY: Final = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each next attempt at a server that is away; the last one repeats."""
SHORTEST: Final = 1.0
"""Seconds that a watch takes at least, even if the server ends it at once."""
log = logging.getLogger(__name__)


class Followed:
    """Everything that is known, kind by kind."""

    def __init__(self, ranges: tuple[Network, ...], kinds: Mapping[str, Reader]) -> None:
        self._ranges = ranges
        self._kinds = kinds
        self._bell = threading.Condition()
        self._rung = False
        self._known: dict[str, dict[str, Thing]] = {}
        self._away: dict[str, str] = {}

    def begin(self, api: Api) -> None:
        """Follow every kind from now on."""
        for path in self._kinds:
            threading.Thread(target=self._follow, args=(api, path), name=path, daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Return as soon as something changed, or after so long; whether something did."""
        with self._bell:
            self._bell.wait_for(lambda: self._rung, timeout=seconds)
            rung, self._rung = self._rung, False
            return rung

    @property
    def view(self) -> View | None:
        """What is known; None until every kind was listed once."""
        with self._bell:
            if len(self._known) < len(self._kinds):
                return None
            things = [thing for known in self._known.values() for thing in known.values()]
        return View(
            self._ranges,
            tuple(each for each in things if isinstance(each, Namespace)),
            tuple(each for each in things if isinstance(each, Pod)),
            tuple(each for each in things if isinstance(each, Policy)),
        )

    @property
    def away(self) -> str:
        """Why the API server can't be followed; empty if it can."""
        with self._bell:
            return next(iter(self._away.values()), "")

    def _follow(self, api: Api, path: str) -> None:
        """Never ends: list, watch, and begin anew whatever happens."""
        failures, version = 0, ""
        while True:
            try:
                if not version:
                    items, version = api.list(path)
                    self.replace(path, items)
                failures, begun = 0, time.monotonic()
                for kind, item in api.watch(path, version):
                    version = item["metadata"]["resourceVersion"]
                    self.change(path, kind, item)
                time.sleep(max(0.0, SHORTEST - (time.monotonic() - begun)))
            except Expired:
                version = ""
            except Lost as lost:
                self.lose(path, str(lost))
                version = ""
                time.sleep(RETRY[min(failures, len(RETRY) - 1)])
                failures += 1

    def replace(self, path: str, items: list[Raw]) -> None:
        """These are all objects of the kind."""
        read = ((_key(item), self._kinds[path](item)) for item in items)
        self._set(path, {key: thing for key, thing in read if thing is not None})

    def change(self, path: str, kind: str, item: Raw) -> None:
        """One object came, changed or went; a bookmark only moves the place in history on."""
        if kind == "BOOKMARK":
            return
        thing = None if kind == "DELETED" else self._kinds[path](item)
        known = {key: each for key, each in self._known.get(path, {}).items() if key != _key(item)}
        self._set(path, known if thing is None else {**known, _key(item): thing})

    def lose(self, path: str, why: str) -> None:
        """The kind can't be followed now."""
        with self._bell:
            if self._away.get(path) != why:
                log.warning("%s: %s", path, why)
                self._away[path] = why
                self._ring()

    def _set(self, path: str, known: dict[str, Thing]) -> None:
        with self._bell:
            was_away = self._away.pop(path, None) is not None
            if was_away or known != self._known.get(path):
                self._known[path] = known
                self._ring()

    def _ring(self) -> None:
        self._rung = True
        self._bell.notify_all()


def _key(item: Raw) -> str:
    about = item["metadata"]
    return f"{about.get('namespace', '')}/{about['name']}"
