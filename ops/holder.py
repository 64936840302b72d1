"""Who a process is: enough to tell on the same machine whether the one that wrote it down still lives.

A pid alone is not enough (it is used again, and two containers have the same ones), so it goes with the process's start
time, the machine's boot and the namespace in which it is a pid.
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
        """Known to be gone; False where it can't be known (another machine, another container)."""
        name, boot, pids = _parts(self.host)
        my_name, my_boot, my_pids = _parts(machine())
        if name != my_name:
            return False
        if boot != my_boot:
            return True
        return pids in ("", my_pids) and start_time(self.pid) != self.started


def machine() -> str:
    """The machine's name, the id of its present boot, and the namespace of our pids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        pids = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        boot, pids = "unknown", ""
    return f"{socket.gethostname()}/{boot}/{pids}"


def _parts(host: str) -> tuple[str, str, str]:
    """Name, boot and namespace; a lease that an older citynode wrote down has no namespace."""
    name, boot, pids = [*host.split("/"), ""][:3]
    return name, boot, pids


def start_time(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 if there is none (or only its zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])
