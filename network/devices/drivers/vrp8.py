"""VRP 8 (NE and CE series): lines gather in a candidate, and `commit trial` goes back by itself unless a second commit comes.

The change id stands in the description of the commit, so that the device itself can tell which change it holds. Sources:
Huawei NE8000 command reference, `commit` (trial 60..65535 s, description of at most 60 characters) and `abort trial`. That a
plain `commit` confirms a trial, and the words of `display configuration trial status`, are general knowledge: no page stated them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from city.model import Dialect
from network.devices.device import Confirm, Trial
from network.devices.drivers.capability import CAPABILITIES
from network.devices.drivers.cli import SAVE_SECONDS, CliDevice
from network.devices.drivers.problems import session_errors
from network.devices.drivers.terminal import Terminal
from network.devices.drivers.vrp import VRP5, question
from network.errors import DeviceBusy, DeviceRefused, TrialLapsed
from ops.errors import CitynodeError
from ops.language import _

VRP8 = replace(
    VRP5, questions=(question(r"uncommitted configurations", "n"), question(r"trial configuration.*\[y/n\]", "y"), *VRP5.questions)
)
COMMIT_SECONDS = 180.0
STATUS = "display configuration trial status"
LATEST = "display configuration commit list verbose 1"
LOCKED = re.compile(r"locked|another (?:user|session)", re.IGNORECASE)
_RUNNING = re.compile(r"trial status\s*:\s*(?:active|running)", re.IGNORECASE)
_DESCRIPTION = re.compile(r"^\s*Description\s*:\s*(?P<text>.*?)\s*$", re.MULTILINE)


class Vrp8Terminal(Terminal):
    """VRP 8 behind SSH."""

    talk = VRP8


class Vrp8Device(CliDevice):
    """One open session."""

    terminal = Vrp8Terminal
    save_command: ClassVar[str] = "save"
    saved: ClassVar[str] = "successfully"
    _trial: Trial | None = None

    def arm(self, trial: Trial) -> Confirm:
        held = self._on_trial()
        if held is not None:
            if held != trial.change and held not in trial.ours:
                raise DeviceBusy(self.name, _("it is on trial for {change}").format(change=held or "?"))
            self.abandon(held)
        self._trial = trial
        return Confirm.TRIAL

    def apply(self, lines: Iterable[str]) -> None:
        super().apply(lines)
        self._trial = None

    def confirm(self, change: str) -> None:
        if self._on_trial() == change:
            with session_errors(self.name):
                self._typed((self._talk.enter,))
                self._commit("commit")
                self._typed((self._talk.leave,))
        elif self._latest() != change:
            raise TrialLapsed(self.name, _("its last commit is '{text}'").format(text=self._latest()))

    def abandon(self, change: str) -> None:
        if self._on_trial() != change:
            return
        with session_errors(self.name):
            self._typed((self._talk.enter,))
            self._session.line("abort trial", timeout=COMMIT_SECONDS)
            self._typed((self._talk.leave,))

    def _leave(self) -> None:
        """Commit what has gathered: on trial where the device was armed."""
        trial = self._trial
        if trial is None:
            self._commit("commit")
        else:
            seconds = CAPABILITIES[Dialect.VRP8].units(trial.seconds)
            self._commit(f"commit trial {seconds} description {trial.change[:60]}")
        super()._leave()

    def _give_up(self) -> None:
        """Leaving with lines in the candidate is asked about; no drops them."""
        self._session.line(self._talk.leave)

    def _commit(self, command: str) -> None:
        said = self._session.line(command, timeout=max(COMMIT_SECONDS, SAVE_SECONDS))
        refused = [row.strip() for row in said.splitlines() if row.strip() and not self._talk.harmless.match(row.strip())]
        if refused:
            self._give_up()
            raise self._commit_refused(command, refused)

    def _commit_refused(self, command: str, rows: list[str]) -> CitynodeError:
        text = " / ".join(rows[:3])
        if LOCKED.search(text):
            return DeviceBusy(self.name, text)
        return DeviceRefused(
            _("{device} did not take '{line}'").format(device=self.name, line=command.partition(" description")[0]), why=text
        )

    def _on_trial(self) -> str | None:
        """The change that the device holds on trial, by its own word."""
        return self._latest() if _RUNNING.search(self.show(STATUS)) else None

    def _latest(self) -> str:
        found = _DESCRIPTION.search(self.show(LATEST))
        return found["text"] if found else ""
