"""FRR: vtysh over SSH, and a guard on the router that takes a change back unless it is confirmed in time.

The guard is a request beside the command line, on the same connection (`lab/logins/guard.sh` is one; any router can have
it as the forced command of its account):

    guard arm CHANGE SECONDS COUNT   answers `ready`, reads COUNT lines, answers `armed CHANGE SECONDS`
    guard confirm CHANGE             answers `confirmed CHANGE`, or `lapsed` and why
    guard status                     answers `ready`, and what it holds

A router without it is changed only with the operator's consent: nothing would act alone.
"""

from __future__ import annotations

import re
from typing import ClassVar

from network.device import Confirm, Trial
from network.drivers.capability import emulation_cannot
from network.drivers.cli import TYPE_SECONDS, CliDevice
from network.drivers.problems import session_errors
from network.drivers.talk import Talk
from network.drivers.terminal import Terminal
from network.errors import ConsentNeeded, DeviceBusy, DeviceRefused, TrialLapsed
from ops.language import _

FRR = Talk(
    login=re.compile(r"(?:^|\n)(?P<name>[\w.-]+)[#>] ?$"),
    prompt=r"(?:{names})(?:\([\w-]+\))?[#>]",
    quiet=("terminal length 0",),
    running="show running-config",
    enter="configure terminal",
    leave="end",
    harmless=re.compile(r"For this router-id change to take effect|Note: this version of vtysh never writes vtysh\.conf"),
    together=60,
)
READY = "ready"
LEAST_PATIENCE = 5.0
"""A router under load may take so long for a line; no trial of a real change is as short as twice that."""


class FrrTerminal(Terminal):
    """vtysh behind sshd."""

    talk = FRR


class FrrDevice(CliDevice):
    """One open session to vtysh."""

    terminal = FrrTerminal
    section_end: ClassVar[str] = "exit"
    save_command: ClassVar[str] = "write memory"
    saved: ClassVar[str] = "[OK]"

    def arm(self, trial: Trial) -> Confirm:
        lines = "".join(f"{line}\n" for line in trial.back)
        told = self._asked(
            f"guard arm {trial.change} {round(trial.seconds)} {len(trial.back)} {' '.join(sorted(trial.ours))}".strip(), lines
        )
        words = told.split()
        if not told:
            if not trial.consent:
                raise ConsentNeeded(self.name, _("no guard answers there, and {cannot}").format(cannot=emulation_cannot()))
            return Confirm.EMULATED
        if "busy" in words:
            raise DeviceBusy(self.name, _("it is on trial for {change}").format(change=words[words.index("busy") + 1]))
        if "armed" not in words:
            raise DeviceRefused(_("{device} could not be armed").format(device=self.name), why=told.replace("\n", " / "))
        self._patience = min(TYPE_SECONDS, max(LEAST_PATIENCE, trial.seconds / 2))
        return Confirm.GUARD

    def confirm(self, change: str) -> None:
        told = self._asked(f"guard confirm {change}")
        if told and "confirmed" not in told.split():
            raise TrialLapsed(self.name, told.removeprefix(READY).strip())

    def _asked(self, request: str, lines: str = "") -> str:
        with session_errors(self.name):
            return self._session.order(request, lines, ready=READY)
