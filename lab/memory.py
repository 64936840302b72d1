"""How much of this machine's memory is in use, as its kernel counts it: what a lab costs is the difference."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")


def memory_in_use_gb() -> float:
    """MemTotal less MemAvailable, in 10^9 bytes."""
    rows = dict(line.split(":", 1) for line in MEMINFO.read_text(encoding="ascii").splitlines())
    total, free = (int(rows[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    return (total - free) / 1e9
