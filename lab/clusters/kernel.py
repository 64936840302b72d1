"""Kernel parameters of the whole machine that a kubelet sets, kept and put back when the last lab goes, whatever that one had."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from lab import slots
from lab.record import write_atomic

TOUCHED: Final = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def keep() -> None:
    """Note the values before a kubelet changes them; the first lab's note counts."""
    with slots.machine_lock():
        if note().is_file():
            return
        values = {}
        for name in TOUCHED:
            with suppress(OSError):
                values[name] = _path(name).read_text().strip()
        write_atomic(note(), json.dumps(values))


def put_back() -> None:
    """Restore the values; the caller holds the register and has seen that no lab is in it."""
    if not note().is_file():
        return
    with suppress(ValueError):
        for name, value in json.loads(note().read_text()).items():
            with suppress(OSError):
                if _path(name).read_text().strip() != value:
                    _path(name).write_text(value)
    note().unlink()


def _path(name: str) -> Path:
    return Path("/proc/sys") / name


def note() -> Path:
    """The file that keeps the values."""
    return slots.REGISTER / "kernel.json"
