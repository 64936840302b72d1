"""When each system was last backed up, as the restic repository itself says.

Reading needs the repository's password and the hosts' SSH login; a repository that can't be read is a sentence, not a failure:
a drill's readiness does not depend on it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from network.devices.openssh import ssh_command
from ops.errors import CitynodeError, Unreachable
from ops.language import _
from ops.process import Command
from ops.secrets import resolve

if TYPE_CHECKING:
    from ops.access import Access

SECONDS = 20.0
"""How long the repository may take to answer."""


@dataclass(frozen=True, slots=True)
class Backups:
    """The newest backup of each system that has one, or why that isn't known."""

    newest: tuple[tuple[str, datetime], ...] = ()
    problem: str = ""

    def says(self, systems: Iterable[str]) -> str:
        """One sentence about these systems."""
        if self.problem:
            return _("unknown ({problem})").format(problem=self.problem)
        found = dict(self.newest)
        return ", ".join(
            f"{name} {found[name]:%Y-%m-%d %H:%M}" if name in found else _("{name} has no backup yet").format(name=name) for name in systems
        )


def read_backups(access: Access) -> Backups:
    """What the repository of the access file holds."""
    store, login = access.backup, access.host_ssh
    if store is None or login is None:
        return Backups(problem=_("the access file names no backup repository"))
    transport = shlex.join([*ssh_command(login, store.host), "-s", "sftp"])
    argv = ("restic", "--no-cache", "--no-lock", "-q", "-r", store.repository, "-o", f"sftp.command={transport}", "snapshots", "--json")
    try:
        password = resolve(store.password)
        done = Command(argv, env={"RESTIC_PASSWORD": password}, error=Unreachable, timeout=SECONDS, secrets=(password,)).run()
        return Backups(newest_of(done.stdout))
    except CitynodeError as failed:
        return Backups(problem=failed.why or failed.what)


def newest_of(listing: str) -> tuple[tuple[str, datetime], ...]:
    """The newest snapshot of each system in `restic snapshots --json`; a backup carries its system's name as a tag."""
    found: dict[str, datetime] = {}
    for snapshot in json.loads(listing or "[]") or ():
        taken = datetime.fromisoformat(_to_microseconds(str(snapshot["time"])))
        for tag in snapshot.get("tags") or ():
            found[tag] = max(taken, found.get(tag, taken))
    return tuple(sorted(found.items()))


def _to_microseconds(time: str) -> str:
    """RFC 3339 with restic's nanoseconds cut to what Python reads."""
    whole, dot, rest = time.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{whole}{dot}{rest[: min(digits, 6)]}{rest[digits:]}" if dot else time
