"""FRR: vtysh over SSH, what the router's kernel and programs hold beside it, and a guard that takes a change back unless it is confirmed.

The guard is a request beside the command line, on the same connection (`lab/logins/guard.sh` is one; any router can have
it as the forced command of its account):

    guard arm CHANGE SECONDS COUNT   answers `ready`, reads COUNT lines, answers `armed CHANGE SECONDS`
    guard load CHANGE COUNT          answers `ready`, reads COUNT lines, loads them as one file, answers what was said and `loaded`
    guard confirm CHANGE             answers `confirmed CHANGE`, or `lapsed` and why
    guard abandon CHANGE             answers `ready`, takes CHANGE back at once if it is on trial, answers `abandoned`
    guard status                     answers `ready`, and what it holds
    guard beside                     answers `ready`, the programs' files and the kernel's table of rules, and `listed`
    guard keep                       saves these for the next start, answers `kept`

Lines that begin with `nft` are the kernel's, those with `host` the programs' (`network.dialect.frr`); each kind is taken as a whole or not
at all. A router without the guard is changed only with the operator's consent, for nothing would act alone, and takes no such lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import ClassVar

from network.devices.device import Confirm, Trial
from network.devices.drivers.capability import emulation_cannot
from network.devices.drivers.cli import READ_SECONDS, TYPE_SECONDS, CliDevice
from network.devices.drivers.problems import session_errors
from network.devices.drivers.talk import Talk
from network.devices.drivers.terminal import Terminal
from network.dialect.frr import host, nftables
from network.dialect.secrets import filled
from network.errors import ConsentNeeded, DeviceBusy, DeviceRefused, NotSaved, TrialLapsed
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
LOADED, LISTED, KEPT, ABANDONED = "loaded", "listed", "kept", "abandoned"
ANY = "-"
"""In place of a change: whatever is on trial, or nothing."""
LOAD_FROM = 40
"""From so many lines on, one file costs a router less than typing them: each typed line is answered before the next is looked at."""
BESIDE = (nftables.COMMAND, host.COMMAND)
"""Begin the lines that aren't vtysh's."""
REFUSED_LINE = re.compile(r"line (\d+):")
"""What vtysh, nft and the guard say of a line of a file; a daemon's own words stand in a row of their own."""
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
    _change = ""
    """The change that the router's guard holds on trial in this session."""
    _time_to_load = TYPE_SECONDS

    def running(self) -> str:
        """What vtysh prints, and what the router holds beside it."""
        return super().running() + self._beside()

    def arm(self, trial: Trial) -> Confirm:
        lines = "".join(f"{line}\n" for line in filled(trial.back, self._revealed))
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
        self._time_to_load = max(LEAST_PATIENCE, trial.seconds / 2)
        self._change = trial.change
        return Confirm.GUARD

    def apply(self, lines: Iterable[str]) -> None:
        """What isn't vtysh's goes first; under a guard a section is typed then, and many lines after it are loaded as one file.

        vtysh goes on behind a line of a file that it refuses: what it took then is on trial, and goes back with the rest.
        """
        beside, waiting = _parted(lines)
        if beside:
            self._load(beside)
        super().apply(self._section(waiting) if self._change else waiting)
        rest = tuple(line.strip() for line in waiting)
        if len(rest) < LOAD_FROM:
            super().apply(rest)
        else:
            self._load(rest)

    def _section(self, waiting: Iterator[str]) -> Iterator[str]:
        for line in waiting:
            yield line
            if line.strip() == self.section_end:
                return

    def _load(self, lines: tuple[str, ...]) -> None:
        text = "".join(f"{line}\n" for line in filled(lines, self._revealed))
        told = self._asked(f"guard load {self._change or ANY} {len(lines)}", text, timeout=self._time_to_load)
        if not told:
            raise self._refusal(lines[0], [_("no guard answers there, and only one can change what isn't FRR's")])
        rows = [row.strip() for row in told.splitlines() if row.strip() and row.strip() != READY]
        if rows[-1:] != [LOADED]:
            raise TrialLapsed(self.name, " / ".join(rows))
        refused = [row for row in rows[:-1] if not self._talk.harmless.match(row)]
        if refused:
            first = next((found for row in refused if (found := REFUSED_LINE.match(row))), None)
            raise self._refusal(lines[int(first[1]) - 1] if first else lines[0], refused)

    def confirm(self, change: str) -> None:
        told = self._asked(f"guard confirm {change}")
        if told and "confirmed" not in told.split():
            raise TrialLapsed(self.name, told.removeprefix(READY).strip())

    def save(self) -> None:
        super().save()
        told = self._asked("guard keep")
        if told and KEPT not in told.split():
            raise NotSaved(self.name, told.removeprefix(READY).strip())

    def _beside(self) -> str:
        """The programs' files and the kernel's rules; nothing where there are none, or no guard to ask."""
        told = self._asked("guard beside", timeout=READ_SECONDS)
        if told and told.split()[-1] != LISTED:
            raise DeviceRefused(
                _("{device} doesn't show what it holds beside FRR's lines").format(device=self.name), why=told.removeprefix(READY).strip()
            )
        return told.removesuffix(LISTED).partition(READY)[2].lstrip("\r\n")

    def abandon(self, change: str) -> None:
        """Have the guard type the lines back, once it is through with what a session that was cut left under way."""
        told = self._asked(f"guard abandon {change}", timeout=READ_SECONDS)
        if told and told.split()[-1] != ABANDONED:
            raise DeviceRefused(
                _("{device} could not take {change} back").format(device=self.name, change=change), why=told.removeprefix(READY).strip()
            )

    def _asked(self, request: str, lines: str = "", *, timeout: float = TYPE_SECONDS) -> str:
        with session_errors(self.name):
            return self._session.order(request, lines, ready=READY, timeout=timeout)


def _parted(lines: Iterable[str]) -> tuple[tuple[str, ...], Iterator[str]]:
    """What isn't vtysh's, which stands first, and the lines after that, not yet asked for."""
    waiting = iter(lines)
    beside: list[str] = []
    for line in waiting:
        if not line.startswith(BESIDE):
            return tuple(beside), chain((line,), waiting)
        beside.append(line)
    return tuple(beside), waiting
