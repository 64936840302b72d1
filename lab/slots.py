"""Which lab of this machine has which slot, so that two labs never share a name or a management network.

The register is a folder of small files under /run, changed under one file lock. Labs of every user's state folder stand in
it. A lab is stale when the machine was started anew since, when its folder is gone, or when the process that it was
to live no longer than has ended; the next `lab up` cleans it away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Network
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from lab.errors import LabBusy
from lab.processes import start_of
from lab.record import write_atomic
from ops.errors import PolicyRefused
from ops.language import _

REGISTER = Path("/run/citynode")
SLOTS = 63
OWNER = "CITYNODE_LAB_OWNER"
"""Environment variable: the pid of a process that the lab is not to outlive (tests)."""


class Claim(BaseModel):
    """A lab's entry in the machine's register."""

    model_config = ConfigDict(frozen=True)

    name: str
    slot: int
    folder: Path
    boot: str
    owner: tuple[int, int] | None = None
    """Pid and start time of the process that the lab ends with; None: it stays until `lab down`."""

    @property
    def management(self) -> IPv4Network:
        return IPv4Network(f"10.{192 + self.slot}.0.0/16")


def boot_id() -> str:
    """Which start of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def stale_because(claim: Claim) -> str:
    """Why the lab is left over from something that ended; empty if it isn't."""
    if claim.boot != boot_id():
        return _("the machine was started anew since")
    if not claim.folder.is_dir():
        return _("its folder is gone")
    if claim.owner and start_of(claim.owner[0]) != claim.owner[1]:
        return _("the process that it was made for has ended")
    return ""


@contextmanager
def machine_lock() -> Iterator[None]:
    """Hold the register: whoever else wants it waits; held for moments only."""
    with _locked(REGISTER / "lock", wait=True):
        yield


@contextmanager
def lab_lock(name: str) -> Iterator[None]:
    """Work on a lab alone; raises LabBusy at once if somebody else does. The lock ends with its process, however it ends."""
    with ExitStack() as stack:
        try:
            with machine_lock():  # nobody removes the register meanwhile, and the lock's file with it
                stack.enter_context(_locked(REGISTER / f"{name}.lock", wait=False))
        except BlockingIOError as busy:
            raise LabBusy(
                _("another command is working on the lab '{name}' right now").format(name=name),
                why=busy.strerror or "",
                hint=_("wait for it, or use another --name"),
            ) from busy
        yield


@contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold a lock file; one that was removed while we waited for it doesn't count."""
    while True:
        REGISTER.mkdir(parents=True, exist_ok=True, mode=0o755)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise BlockingIOError(0, holder) from None
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            break
        os.close(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"pid {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def close_register(last: Callable[[], None]) -> None:
    """Do what is left to do when no lab is in the register, `last`; then remove it, unless somebody is about to enter a lab.

    Both under one lock: in it stands what `last` works from, and of two labs that end at once either may be the last.
    """
    with machine_lock(), ExitStack() as stack:
        if claims():
            return
        last()
        with suppress(BlockingIOError):
            for path in REGISTER.glob("*.lock"):
                stack.enter_context(_locked(path, wait=False))
            shutil.rmtree(REGISTER, ignore_errors=True)


def claims() -> tuple[Claim, ...]:
    """Every lab in the register, by slot."""
    found = []
    for path in REGISTER.glob("*.lab"):
        with suppress(OSError, ValidationError):
            found.append(Claim.model_validate_json(path.read_bytes()))
    return tuple(sorted(found, key=lambda claim: claim.slot))


def claim(name: str, folder: Path, taken: Callable[[IPv4Network], str]) -> Claim:
    """The lab's entry, made if it has none; `taken` says what on this machine already uses a network, if anything."""
    with machine_lock():
        known = {entry.name: entry for entry in claims()}
        own = known.get(name)
        if own:
            if own.folder != folder:
                raise PolicyRefused(
                    _("this machine has a lab named '{name}' already").format(name=name),
                    why=_("it is kept in {folder}").format(folder=own.folder),
                    hint=_("choose another --name, or take that one down first"),
                )
            return own
        slot = free_slot({entry.slot for entry in known.values()}, taken)
        pid = int(os.environ.get(OWNER, "0"))
        entry = Claim(name=name, slot=slot, folder=folder, boot=boot_id(), owner=(pid, start_of(pid)) if pid else None)
        write_atomic(_path(name), entry.model_dump_json())
        return entry


def free_slot(used: set[int], taken: Callable[[IPv4Network], str]) -> int:
    """The lowest slot that no lab has and whose network nothing on this machine uses."""
    why = ""
    for slot in range(SLOTS):
        if slot not in used:
            why = taken(IPv4Network(f"10.{192 + slot}.0.0/16"))
            if not why:
                return slot
    raise PolicyRefused(
        _("there is no room for another lab"), why=why or f"{SLOTS} labs are up", hint=_("citynode lab list; citynode lab down --name …")
    )


def release(name: str) -> None:
    """Strike the lab out; its lock's file goes too, which frees nobody: whoever locks a removed file takes the next one."""
    with machine_lock():
        _path(name).unlink(missing_ok=True)
        (REGISTER / f"{name}.lock").unlink(missing_ok=True)


def _path(name: str) -> Path:
    return REGISTER / f"{name}.lab"
