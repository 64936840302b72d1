"""Who a process is: enough to tell on the same machine whether the one that wrote it down still lives.

A pid alone is not enough (it is used again), so it goes with the process's start time and the machine's boot.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """A process on a machine since a boot."""

    host: str
    pid: int
    started: int

    @classmethod
    def me(cls) -> Holder:
        return cls(machine(), os.getpid(), start_time(os.getpid()))

    def is_dead(self) -> bool:
        """Known to be gone; False where it can't be known (another machine)."""
        here = machine()
        if self.host.split("/")[0] != here.split("/")[0]:
            return False
        return self.host != here or start_time(self.pid) != self.started


def machine() -> str:
    """The machine's name and the id of its present boot."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        boot = "unknown"
    return f"{socket.gethostname()}/{boot}"


def start_time(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 if there is none (or only its zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])
