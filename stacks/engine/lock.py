"""Pulumi's lock on a stack: who holds it, and whether that process is still there.

A run that was killed leaves its lock behind. It is released by the next one only if it was taken on this machine by a
process that is gone; a living or a foreign holder is named and left alone, and `citynode stack unlock` shows it. Two runs
of ours never meet here: leases come first.
"""

from __future__ import annotations

import getpass
import re
import socket
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ops.errors import PolicyRefused
from ops.language import _

YOUNG = timedelta(minutes=10)
"""A lock younger than this may belong to a run that is only slow."""
_HOLDER = re.compile(r"created by (?P<user>\S+?)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who took a lock, as Pulumi wrote it down."""

    user: str
    host: str
    pid: int
    since: str

    def is_gone(self) -> bool:
        """Whether it was a pulumi on this machine that doesn't run any more."""
        return self.host == socket.gethostname() and not _is_pulumi(self.pid)

    def is_orphan(self) -> bool:
        """Whether it still runs, but the process that started it doesn't."""
        try:
            return self.host == socket.gethostname() and int(Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[1]) == 1
        except OSError:
            return False

    def age(self, now: datetime) -> timedelta:
        """How long it has been held."""
        return now - datetime.fromisoformat(self.since)

    def reasons_to_wait(self, now: datetime) -> tuple[str, ...]:
        """Why the lock shouldn't be taken away without a second thought; empty if nothing speaks for it."""
        me = getpass.getuser()
        reasons = (
            (self.age(now) < YOUNG, _("it is younger than {minutes:g} minutes").format(minutes=YOUNG.total_seconds() / 60)),
            (self.host != socket.gethostname(), _("it was taken on another machine")),
            (self.user != me, _("it belongs to another user")),
            (self.host == socket.gethostname() and not self.is_gone(), _("the process that took it is still running")),
        )
        return tuple(reason for holds, reason in reasons if holds)

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}) since {self.since}"


def holders(text: str) -> tuple[Holder, ...]:
    """The holders that Pulumi's refusal names."""
    return tuple(Holder(found["user"], found["host"], int(found["pid"]), found["since"]) for found in _HOLDER.finditer(text))


def are_gone(found: tuple[Holder, ...], *, seconds: float) -> bool:
    """Whether all of them are gone; waits for those that are on their way, because whoever started them is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(not holder.is_gone() and holder.is_orphan() for holder in found):
        time.sleep(0.3)
    return bool(found) and all(holder.is_gone() for holder in found)


def refusal(stack: str, found: tuple[Holder, ...]) -> PolicyRefused:
    """The error for a lock that isn't ours to take."""
    return PolicyRefused(
        _("somebody else is working on the stack {stack}").format(stack=stack),
        why=", ".join(str(holder) for holder in found if not holder.is_gone()) or _("its lock names no holder"),
        hint=_("wait until they are done; if that run is dead for sure: citynode stack unlock --centre {centre}").format(
            centre=stack.rpartition(".")[2]
        ),
    )


def _is_pulumi(pid: int) -> bool:
    try:
        return b"pulumi" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return Path(f"/proc/{pid}").exists()
