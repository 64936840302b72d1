"""Processes in the lab's namespaces: start, find again, end.

Every process is started with a mark in its environment (`CITYNODE_SPAWN=lab/node/name`) and leads a session of its own,
so that one whose starter was killed before it could write the pid down is still found, by mark and by namespace.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabFailed
from lab.namespace import inode, inside
from ops.language import _

MARK = "CITYNODE_SPAWN"
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Process:
    """A pid together with its start time: the pair is never used twice."""

    pid: int
    start: int

    @property
    def alive(self) -> bool:
        return start_of(self.pid) == self.start


def start_of(pid: int) -> int:
    """The start time of a running process in clock ticks; 0 if there is none or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in {b"Z", b"X"} else int(fields[19])


def reap() -> None:
    """Collect ended children, so that none stays a zombie in a long-lived caller."""
    try:
        if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return
    except ChildProcessError:
        pass  # none is left to wait for
    for child in tuple(_children):
        if child.poll() is not None:
            with suppress(ValueError):
                _children.remove(child)


def start(
    namespace: str, mark: str, argv: Sequence[str], *, log: Path, user: str | None, env: Mapping[str, str], cwd: Path | None
) -> Process:
    """Start a program in the namespace, in a session of its own, its output appended to `log`."""
    login = pwd.getpwnam(user) if user else None
    groups = os.getgrouplist(login.pw_name, login.pw_gid) if login else None
    base = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), "LANG": "C.UTF-8", "HOME": login.pw_dir if login else "/root"}
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with inside(namespace), log.open("ab") as output:
            child = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd or "/",
                env={**base, **env, MARK: mark},
                start_new_session=True,
                user=login.pw_uid if login else None,
                group=login.pw_gid if login else None,
                extra_groups=groups,
            )
    except OSError as failed:
        raise LabFailed(
            _("{value} can't be started").format(value=argv[0]), why=str(failed), hint=_("citynode lab up names missing packages")
        ) from failed
    _children.append(child)
    return Process(child.pid, start_of(child.pid))


def marked(prefix: str, *, leading: bool = False) -> dict[str, Process]:
    """The running processes by mark; of several with one mark (children inherit it) the oldest.

    With `leading` only those that `start` started, known by the session that each of them leads: a child may outlive its parent
    (PostgreSQL its Patroni, a shim its containerd), and does not do its work.
    """
    found: dict[str, Process] = {}
    wanted = f"{MARK}={prefix}".encode()
    for pid in pids():
        with suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if wanted not in environment or (leading and os.getsid(pid) != pid):
                continue
            mark = next(item for item in environment.split(b"\0") if item.startswith(wanted)).decode().partition("=")[2]
            process = Process(pid, start_of(pid))
            if process.start and (mark not in found or (process.start, process.pid) < (found[mark].start, found[mark].pid)):
                found[mark] = process
    return found


def within(namespaces: Iterable[str]) -> tuple[Process, ...]:
    """Every process that lives in one of the namespaces."""
    inodes = set()
    for name in namespaces:
        with suppress(OSError):
            inodes.add(inode(name))
    found = [Process(pid, start_of(pid)) for pid in pids() if _network_of(pid) in inodes]
    return tuple(process for process in found if process.start)


def by_namespace() -> dict[int, list[Process]]:
    """Every process of the machine, by the inode of the network namespace that it lives in."""
    found: dict[int, list[Process]] = {}
    for pid in pids():
        process = Process(pid, start_of(pid))
        if process.start:
            found.setdefault(_network_of(pid), []).append(process)
    return found


def _network_of(pid: int) -> int:
    """The inode of the network namespace that a process lives in; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/ns/net").readlink().name[len("net:[") : -1])
    except OSError:
        return 0


def working_in(folder: Path, namespaces: Iterable[str]) -> tuple[Process, ...]:
    """Those in the namespaces whose current folder this is, by whatever name they know it."""
    found = []
    for process in within(namespaces):
        with suppress(OSError):
            if Path(f"/proc/{process.pid}/cwd").samefile(folder):
                found.append(process)
    return tuple(found)


def rooted(folder: Path) -> tuple[Process, ...]:
    """Every process whose root file system lies in the folder: pods, which nobody's mark or namespace name leads to.

    Those that share a root in one mount namespace have the same mounts, which are long to read: once for all of them.
    """
    roots: dict[tuple[str, int, int], bool] = {}
    found = []
    for pid in pids():
        with suppress(OSError):
            root = Path(f"/proc/{pid}/root").stat()
            place = (str(Path(f"/proc/{pid}/ns/mnt").readlink()), root.st_dev, root.st_ino)
            if place not in roots:
                lines = Path(f"/proc/{pid}/mountinfo").read_text(errors="replace").splitlines()
                roots[place] = any(line.split()[4] == "/" and f"{folder}/" in line for line in lines)
            if roots[place]:
                found.append(Process(pid, start_of(pid)))
    return tuple(process for process in found if process.start)


def pids() -> Iterator[int]:
    """The number of every process of the machine."""
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def end(processes: Iterable[Process], *, grace: float) -> tuple[Process, ...]:
    """Ask the processes to end, kill those that don't within `grace` seconds; returns those still there."""
    left = [process for process in processes if process.alive]
    for sign, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        if sign is signal.SIGTERM and grace <= 0:
            continue
        for process in left:
            if process.alive:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, sign)
        until = time.monotonic() + patience
        while left and time.monotonic() < until:
            reap()
            left = [process for process in left if process.alive]
            time.sleep(0.02 if left else 0)
        if not left:
            break
    return tuple(left)


def end_all(find: Callable[[], Iterable[Process]]) -> tuple[Process, ...]:
    """Kill what is found, until nothing is: who was found may have started others before its turn came. Returns those that don't end."""
    for _attempt in range(10):
        found = tuple(find())
        if not found:
            return ()
        end(found, grace=0)
    return tuple(find())
