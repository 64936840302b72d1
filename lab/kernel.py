"""Kernel parameters of the whole machine: raised where labs need room, kept as they were, and put back when the last lab goes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from lab import slots
from lab.record import write_atomic

KUBELET: Final = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
"""What a kubelet sets to its liking."""

NEIGHBOURS: Final = {
    f"net/{family}/neigh/default/gc_thresh{step}": least for family in ("ipv4", "ipv6") for step, least in enumerate((4096, 8192, 16384), 1)
}
"""The neighbours of all namespaces share one table a family (linux, Documentation/networking/ip-sysctl.rst). A whole city has 1,200
where none is forgotten; the kernel begins to forget at 512, and refuses new ones at 1,024 where it finds none to forget."""
WATCHERS: Final = {"fs/inotify/max_user_instances": 1024}
"""Of files and folders, for all processes of one user (inotify(7)); Debian's limit is 128. A router has one, a centre's cluster about
ten: a whole city beside a small one ran out of them, and containerd then starts without what a kubelet asks it for."""

ROOM: Final = NEIGHBOURS | WATCHERS
"""At least this."""


def make_room() -> None:
    """Raise what labs need more of, the values of before kept: the first lab's note of each counts."""
    with slots.machine_lock():
        now = {name: value for name in (*KUBELET, *ROOM) if (value := _read(name))}
        write_atomic(note(), json.dumps(now | _noted()))
        for name, least in ROOM.items():
            if name in now and int(now[name]) < least:
                with suppress(OSError):  # a container may see its host's values and not change them
                    _path(name).write_text(str(least))


def put_back() -> None:
    """Restore the values; the caller holds the register and has seen that no lab is in it."""
    for name, value in _noted().items():
        with suppress(OSError):
            if _read(name) != value:
                _path(name).write_text(value)
    note().unlink(missing_ok=True)


def note() -> Path:
    """The file that keeps the values."""
    return slots.REGISTER / "kernel.json"


def _noted() -> dict[str, str]:
    try:
        return dict(json.loads(note().read_text()))
    except (OSError, ValueError):
        return {}


def _read(name: str) -> str:
    """The value; empty where this kernel, or this container, has no such parameter."""
    try:
        return _path(name).read_text().strip()
    except OSError:
        return ""


def _path(name: str) -> Path:
    return Path("/proc/sys") / name
