"""The agent: follows one centre's API server and keeps the fences of its node. Run as `python -m lab.fences.agent SETTINGS`.

    follow -> plan -> render -> one transaction of the kernel -> tell

It stands still until something changes. Killed, or cut off from the API server, it leaves the last rules in force. Every half
minute it looks whether the kernel still has them. It refuses to open anything that it doesn't understand.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lab.fences import kernel, notes
from lab.fences.api import Api, Expired, Lost
from lab.fences.follow import Followed
from lab.fences.model import View
from lab.fences.parse import KINDS
from lab.fences.plan import plan
from lab.fences.render import digest_of, render
from lab.fences.settings import Settings, Told
from ops.errors import CitynodeError

SETTLE: Final = 0.05
"""Seconds in which changes that come together are collected."""
LOOK: Final = 30.0
"""Seconds after which it looks at the kernel although nothing changed."""
log = logging.getLogger(__name__)


class Agent:
    """Keeps the kernel's table what the API server's objects ask for."""

    def __init__(self, settings: Settings) -> None:
        self._path = Path(settings.told)
        self._api = Api(settings)
        self._followed = Followed(settings.networks, KINDS)
        self._told: Told | None = None
        self._noted: set[tuple[str, int]] = set()

    def run(self) -> None:
        """Never returns."""
        self._followed.begin(self._api)
        while True:
            if self._followed.wait(LOOK):
                time.sleep(SETTLE)
            view = self._followed.view
            if view is not None:
                self._keep(view)
                self._note(view)
            elif self._followed.away:
                self._tell(Told(digest=kernel.standing(), away=self._followed.away))

    def _keep(self, view: View) -> None:
        """Let the kernel have the view's table, unless it has it already; tell how it stands."""
        ruleset = plan(view)
        table = render(ruleset)
        wanted, failed = digest_of(table), ""
        if kernel.standing() != wanted:
            try:
                kernel.put(table)
                log.info("%d fences around %d pods: %s", len(ruleset.fences), len(view.pods), wanted)
            except CitynodeError as refused:
                failed = str(refused)
                log.warning("the kernel refused the rules: %s", failed)
        zones = len({policy.namespace for policy in view.policies})
        lines = tuple(line for policy in view.policies for line in notes.refusals(policy))
        told = Told(wanted, zones, len(view.pods), len(view.policies), lines, self._followed.away, failed)
        self._tell(told if not failed else replace(told, digest=""))

    def _tell(self, told: Told) -> None:
        if told != self._told:
            told.write(self._path)
            self._told = told

    def _note(self, view: View) -> None:
        """Write an Event on each policy that can't be enforced, once for each time that it was changed."""
        for policy in view.policies:
            key = (policy.uid, policy.generation)
            if policy.refused and key not in self._noted:
                log.warning("not enforceable: %s", "; ".join(notes.refusals(policy)))
                try:
                    self._api.apply(*notes.event(policy, datetime.now(UTC)))
                    self._noted.add(key)
                except (Lost, Expired) as lost:
                    log.warning("no Event on %s: %s", policy.place, lost)


def _die(failure: threading.ExceptHookArgs) -> None:
    """A thread that fails ends the whole agent: one that follows half of the world would look healthy."""
    log.critical("ends: %s", failure.thread, exc_info=failure.exc_value)
    os._exit(1)


def main(words: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    threading.excepthook = _die
    Agent(Settings.read(Path(words[0]))).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
