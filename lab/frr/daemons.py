"""FRR on a node: its folders, its daemons, its saved configuration.

A node that starts for the first time gets today's configuration; one that comes back gets what was last saved on it
(`write memory`), as a router would. Daemons that run are left alone.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from lab import processes
from lab.box import Box
from lab.errors import LabFailed
from lab.frr.bgp import runs_bgp
from lab.frr.gateways import shares_gateway
from lab.starting import wait_up
from ops.language import _
from ops.process import Command

DAEMONS = ("zebra", "ospfd", "ospf6d", "staticd")
BGPD = "bgpd"
"""Runs on the nodes that take part in BGP alone: with its routes it takes as much memory as two of the others."""
VRRPD = "vrrpd"
"""Runs on the routers that share a gateway alone."""
ZEBRA = "zserv.api"
"""The socket at which zebra serves the other daemons."""
PROGRAMS = Path("/usr/lib/frr")
SAVED = Path("/etc/frr")
SOCKETS = Path("/var/run/frr")
BUFFERS = Path("/var/tmp/frr")  # noqa: S108 - FRR's own
"""Each daemon keeps what it is about to log in a folder here that has its name and pid; one that is killed leaves it."""

PATIENCE = 90.0
"""Seconds within which a daemon has opened its socket, on a machine that starts hundreds of them at once."""

SHARED_LEFTOVERS = ("ospf6d-at-seq-no.dat", "ospf6d-gr.json", "ospfd-gr.json")
"""What FRR 8 writes beside its sockets whatever its name (`-N`) is."""


def daemons(box: Box, node: str) -> tuple[str, ...]:
    """What runs on the node, in the order in which it is started."""
    some = ((BGPD, runs_bgp), (VRRPD, shares_gateway))
    return (*DAEMONS, *(daemon for daemon, runs in some if runs(box.city, node)))


def folders(box: Box, node: str) -> tuple[Path, Path]:
    """Where FRR keeps the node's configuration, and its sockets."""
    return SAVED / box.pathspace(node), SOCKETS / box.pathspace(node)


def leftovers(*, is_last: bool) -> tuple[Path, ...]:
    """What the daemons of all labs wrote in one place and nobody uses; what labs share only when the last is gone.

    Nothing where the machine runs an FRR of its own. A folder with a crash log is left to whoever wants to know.
    """
    if (SOCKETS / "zebra.pid").exists():
        return ()
    shared = [SOCKETS / name for name in SHARED_LEFTOVERS if is_last]
    return tuple(path for path in (*shared, *(each for each in BUFFERS.glob("*.*") if _is_stale(each))) if path.exists())


def _is_stale(buffers: Path) -> bool:
    """Whether the daemon whose folder this is runs no more."""
    name, _dot, pid = buffers.name.rpartition(".")
    if name not in (*DAEMONS, BGPD, VRRPD) or (buffers / "crashlog").exists():
        return False
    try:
        runs = processes.start_of(int(pid)) != 0  # a killed one stays a zombie until its parent has asked how it ended
        return not runs or Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() != name
    except OSError:
        return True


def remove_leftovers(*, is_last: bool) -> None:
    """Remove them."""
    for path in leftovers(is_last=is_last):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def prepare(box: Box, node: str, config: str) -> None:
    """The node's folders, and the configuration that it starts with unless it has one."""
    saved, sockets = folders(box, node)
    for folder in (saved, sockets):
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, "frr", "frrvty")
        folder.chmod(0o2775)
    own = f"hostname {node}\n"  # each daemon has to be told by itself: vtysh doesn't pass it on
    for name, text in (("vtysh.conf", f"{own}service integrated-vtysh-config\n"), ("daemon.conf", own), ("frr.conf", config)):
        path = saved / name
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_text(text)
            shutil.chown(fresh, "frr", "frrvty")
            fresh.chmod(0o664)
            fresh.replace(path)


def start(box: Box, node: str) -> bool:
    """Start the daemons that don't run; False if all of them did."""
    if all(box.alive(node, daemon) for daemon in daemons(box, node)):
        return False
    sockets = folders(box, node)[1]
    for daemon in daemons(box, node):
        if not box.alive(node, daemon):
            (sockets / f"{daemon}.vty").unlink(missing_ok=True)
            if daemon == "zebra":  # whoever finds the old one refused tries again after 10 s
                (sockets / ZEBRA).unlink(missing_ok=True)
            buffers = ["-s", "4194304"] if daemon == "zebra" else []
            first = str(folders(box, node)[0] / "daemon.conf")
            argv = [str(PROGRAMS / daemon), "-N", box.pathspace(node), "-f", first, "-P", "0", "--log", "stdout", "--log-level", "errors"]
            box.spawn(node, daemon, [*argv, *buffers])
        if daemon == "zebra":
            _await(box, node, daemon, sockets / ZEBRA)
    return True


def configure(box: Box, node: str) -> None:
    """Load the saved configuration into daemons that were started since it was last loaded."""
    now = [box.spawn(node, daemon, ()) for daemon in daemons(box, node)]  # all run: their pids
    note = box.dir(node) / "configured"
    if note.exists() and json.loads(note.read_text() or "[]") == now:
        return
    for daemon in daemons(box, node):
        _await(box, node, daemon, folders(box, node)[1] / f"{daemon}.vty")
    Command(
        ("vtysh", "-b", "-N", box.pathspace(node)), allowed=(0,), timeout=60, error=LabFailed, hint=f"see {box.log(node, 'zebra')}"
    ).run()
    note.write_text(json.dumps(now))


def is_configured(box: Box, node: str) -> bool:
    """Whether the node's daemons were brought up and it has power."""
    return (box.dir(node) / "configured").exists() and not box.is_off(node)


def _await(box: Box, node: str, daemon: str, socket: Path) -> None:
    failed = _("FRR on {node} did not come up").format(node=node)
    wait_up(box, node, daemon, socket.exists, failed=failed, patience=PATIENCE)
