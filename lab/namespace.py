"""Network namespaces: make, end and enter them.

Their names lie in a folder that is a shared mount of itself, as `ip netns` and container runtimes make it: made by one of
those later, it would cover ours, and no name could be taken away again.

A thread enters with `inside(path)`; whatever it starts there stays there. It refuses to touch other mounts: `ip netns exec`
gives a command a new /sys, which hides the cgroup mounts that a kubelet needs.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Thread

from lab.errors import LabFailed
from ops.language import _

FOLDER = Path("/run/netns")
CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MS_REC = 16384
MS_SHARED = 1 << 20
MNT_DETACH = 2
_PODS = "$(awk '$5 ~ \"/nodes/[^/]+/cluster/\" {print $5}' /proc/self/mountinfo)"
RELEASE = f"umount --lazy {FOLDER}/* {_PODS} 2>/dev/null || true"
"""Shell's first words in a mount namespace of its own: it must not keep alive what other labs unmount, by the copies that it got."""


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise LabFailed(
            _("could not {doing}").format(doing=doing), why=os.strerror(number), hint=_("namespaces need root and CAP_SYS_ADMIN")
        )


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Run the calling thread in the named network namespace until the block ends."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as missing:
        os.close(home)
        raise LabFailed(_("there is no network namespace {name}").format(name=name), why=str(missing), hint="citynode lab up") from missing
    try:
        _check(_libc().setns(target, CLONE_NEWNET), f"enter the network namespace {name}")
        try:
            yield
        finally:
            _check(_libc().setns(home, CLONE_NEWNET), "come back to the machine's own network namespace")
    finally:
        os.close(target)
        os.close(home)


def exists(name: str) -> bool:
    """Whether a namespace stands behind the name (a bare file left by a crash isn't one)."""
    path = FOLDER / name
    with suppress(OSError):
        return path.is_file() and path.stat().st_dev != FOLDER.stat().st_dev
    return False


def create(name: str) -> None:
    """Make the namespace unless it exists."""
    if exists(name):
        return
    with _folder_alone():
        _share_folder()
        _create(FOLDER / name)


@contextmanager
def _folder_alone() -> Iterator[None]:
    """Hold a lock among labs while the folder's own mount is looked at or changed; beside the folder, so as not to keep it busy."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    held = os.open(FOLDER.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _share_folder() -> None:
    """Make the folder a shared mount unless it is one."""
    where = os.fsencode(FOLDER)
    if _libc().mount(b"", where, b"none", MS_SHARED | MS_REC, None) != 0:
        _check(_libc().mount(where, where, b"none", MS_BIND | MS_REC, None), f"mount {FOLDER}")
        _check(_libc().mount(b"", where, b"none", MS_SHARED | MS_REC, None), f"share {FOLDER}")


def release_folder() -> None:
    """Take the folder's own mount away once nobody's namespace is in it."""
    with _folder_alone():
        if not any(FOLDER.iterdir()):
            _libc().umount2(os.fsencode(FOLDER), 0)  # refused where somebody's is mounted in it, or where it is no mount


def _create(path: Path) -> None:
    path.touch(mode=0o444)
    failed: list[BaseException] = []

    def unshare() -> None:
        try:
            _check(_libc().unshare(CLONE_NEWNET), f"make the network namespace {path.name}")
            source = b"/proc/thread-self/ns/net"
            _check(_libc().mount(source, os.fsencode(path), b"none", MS_BIND, None), f"keep the network namespace {path.name}")
        except LabFailed as error:
            failed.append(error)

    worker = Thread(target=unshare)  # a thread of its own: it ends with the namespace that it made for itself
    worker.start()
    worker.join()
    if failed:
        path.unlink(missing_ok=True)
        raise failed[0]


def delete(name: str) -> None:
    """End the namespace's name; the kernel ends the namespace when its last process is gone."""
    path = FOLDER / name
    while exists(name):
        _check(_libc().umount2(os.fsencode(path), MNT_DETACH), f"end the network namespace {name}")
    try:
        path.unlink(missing_ok=True)
    except OSError as busy:
        if busy.errno != errno.EBUSY:
            raise
        what = _("the name of the network namespace {name} is covered by another mount").format(name=name)
        why = _("another program mounted {folder} over itself while the lab stood").format(folder=FOLDER)
        raise LabFailed(what, why=why, hint=f"umount --lazy {FOLDER}; citynode lab down") from busy


def named(prefix: str) -> tuple[str, ...]:
    """The names in /run/netns that begin with the prefix."""
    return tuple(sorted(entry.name for entry in FOLDER.glob(f"{prefix}*"))) if FOLDER.is_dir() else ()


def inode(name: str) -> int:
    """The number by which /proc/PID/ns/net shows the namespace."""
    return (FOLDER / name).stat().st_ino
