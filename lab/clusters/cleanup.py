"""Everything of a cluster that outlives its own programs: shims, pods, mounts, control groups, sockets, links to logs.

A container runtime is made to leave pods running when it stops, so none of this goes by itself. Works from what is found
under the cluster's folder; nothing of another lab or of the machine's own containers is touched.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab import processes
from lab.clusters.health import DAEMONS
from lab.clusters.layout import Cluster
from lab.processes import Process, start_of

if TYPE_CHECKING:
    from lab.box import Box

CGROUPS: Final = Path("/sys/fs/cgroup")
LOG_LINKS: Final = Path("/var/log/containers")
SHIM_SOCKETS: Final = Path("/run/containerd/s")
MNT_DETACH: Final = 2


def end(box: Box, cluster: Cluster) -> None:
    """End the cluster and all that it left."""
    for daemon in reversed(DAEMONS):
        box.stop(cluster.centre, daemon, grace=0)
    groups = cgroup_folders(cluster)
    processes.end_all(lambda: {*shims(cluster), *pod_processes(groups), *processes.rooted(cluster.home)})
    _remove_shim_sockets(cluster)
    _unmount(cluster.home)
    _remove_cgroups(groups)
    _remove_log_links(cluster)


def shims(cluster: Cluster) -> tuple[Process, ...]:
    """The running shims that this cluster's containerd started: they carry its socket's path in their arguments."""
    wanted, found = os.fsencode(str(cluster.socket)), []
    for pid in processes.pids():
        with suppress(OSError):
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if wanted in arguments and b"shim" in arguments[0]:
                found.append(Process(pid, start_of(pid)))
    return tuple(each for each in found if each.start)


def pod_processes(groups: Iterable[Path]) -> tuple[Process, ...]:
    """Every process in these control groups."""
    found = {}
    for folder in groups:
        for listing in (folder / "cgroup.procs", *folder.rglob("cgroup.procs")):
            with suppress(OSError):
                for pid in listing.read_text().split():
                    found[int(pid)] = start_of(int(pid))
    return tuple(Process(pid, start) for pid, start in found.items() if start)


def cgroup_folders(cluster: Cluster) -> tuple[Path, ...]:
    """The control groups of the cluster's containers in every hierarchy (one with cgroup v2, many with v1).

    They are named by the containers' numbers below `k8s.io`: without groups for classes of service a kubelet names no other place.
    """
    numbers = [task.name for task in cluster.home.glob("state/io.containerd.runtime.v2.task/k8s.io/*")]
    hierarchies = [CGROUPS, *(each for each in CGROUPS.iterdir() if each.is_dir())] if CGROUPS.is_dir() else []
    places = (hierarchy / "k8s.io" / number for hierarchy in hierarchies for number in numbers)
    own = (hierarchy / cluster.cgroup.lstrip("/") for hierarchy in hierarchies)
    return tuple(folder for folder in (*places, *own) if folder.is_dir())


def _remove_cgroups(groups: Iterable[Path]) -> None:
    for folder in groups:
        for path, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()
        with suppress(OSError):
            folder.parent.rmdir()  # shared by the labs: goes with the last one


def _unmount(home: Path) -> None:
    """Unmount all that is mounted below the folder, the newest first."""
    libc = ctypes.CDLL(None, use_errno=True)
    points = [line.split()[4].encode().decode("unicode_escape") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in reversed([point for point in points if point.startswith(f"{home}/")]):
        libc.umount2(os.fsencode(point), MNT_DETACH)


def _remove_shim_sockets(cluster: Cluster) -> None:
    """Shims listen in a folder that all containerds share; each noted its own socket."""
    for note in cluster.home.glob("state/io.containerd.runtime.v2.task/*/*/address"):
        with suppress(OSError):
            path = Path(note.read_text().strip().removeprefix("unix://"))
            if path.parent == SHIM_SOCKETS:
                path.unlink()
    for folder in (SHIM_SOCKETS, SHIM_SOCKETS.parent):
        with suppress(OSError):
            folder.rmdir()


def _remove_log_links(cluster: Cluster) -> None:
    if LOG_LINKS.is_dir():
        for link in LOG_LINKS.iterdir():
            with suppress(OSError):
                if link.is_symlink() and str(link.readlink()).startswith(f"{cluster.home}/"):
                    link.unlink()
        with suppress(OSError):
            LOG_LINKS.rmdir()
