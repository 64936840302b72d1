"""The configuration of a node's SSH server, as text, and its start.

A router lets `netops` into its command line and `netprobe` into the probe, nothing else; a site's host lets root in,
who can do anything there: it is a lab. All of them listen on the management address alone.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lab import processes
from lab.box import Box
from lab.logins.keys import host_key
from lab.logins.users import NETOPS, NETPROBE
from lab.slots import REGISTER
from lab.starting import wait_up
from ops.language import _

PROGRAM = "/usr/sbin/sshd"
BASELINE = Path("/srv/baseline")
"""Where a host's own /etc begins for its baseline: all nodes share the machine's, but each has its own /srv."""
SEPARATION = Path("/run/sshd")
"""Debian's sshd refuses to start without it; a machine whose own sshd never ran has none."""


def shared(box: Box) -> Path:
    """A folder that every account can read: public keys and the probe."""
    return REGISTER / f"lab-{box.name}"


def router_sshd(box: Box, node: str, *, console: Sequence[str], probe: Sequence[str], more: Path | None = None) -> str:
    """The configuration of a router's server; `console` and `probe` are what its two accounts get, a file `more` comes before all."""
    return "\n".join(
        [
            *([f"Include {more}"] if more else []),
            *_common(box, node),
            f"AuthorizedKeysFile {shared(box)}/%u",
            f"AllowUsers {NETOPS} {NETPROBE}",
            "DisableForwarding yes",
            f"Match User {NETOPS}",
            f"  ForceCommand {' '.join(console)}",
            f"Match User {NETPROBE}",
            f"  ForceCommand {' '.join(probe)}",
            "  PermitTTY no",
            "",
        ]
    )


def host_sshd(box: Box, node: str, *, home: str) -> str:
    """The configuration of a site's server; `home` is where its logins begin."""
    return "\n".join(
        [
            f"Include {BASELINE}/etc/ssh/sshd_config.d/*.conf",
            *_common(box, node),
            f"AuthorizedKeysFile {shared(box)}/%u",
            "AllowUsers root",
            "PermitRootLogin prohibit-password",
            f"SetEnv HOME={home}",
            "Subsystem sftp internal-sftp",
            "",
        ]
    )


def _common(box: Box, node: str) -> list[str]:
    return [
        f"ListenAddress {box.management_address(node)}",
        "Port 22",
        f"HostKey {host_key(box, node)}",
        "PidFile none",
        "UsePAM no",
        "UseDNS no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PrintMotd no",
        "PrintLastLog no",
        "MaxStartups 200",
        "MaxSessions 100",
        "LogLevel ERROR",
        "LoginGraceTime 20",
    ]


def start_sshd(box: Box, node: str, config: str, wrap: Callable[[Sequence[str]], Sequence[str]] = tuple) -> None:
    """Start the node's server unless it runs; `wrap` may put it into a setting of its own."""
    if not box.alive(node, "sshd"):
        processes.end(_strays(box, node), grace=0)
        SEPARATION.mkdir(mode=0o755, exist_ok=True)
        path = box.dir(node) / "sshd_config"
        path.write_text(config)
        box.spawn(node, "sshd", wrap([PROGRAM, "-D", "-r", "-e", "-f", str(path)]))  # -r: no login loads the program anew


def _strays(box: Box, node: str) -> list[processes.Process]:
    """Servers of the node that nobody knows: sshd writes its title over its environment, and with it over the mark of who started it.

    There is one where `lab up` was killed between starting a server and writing its pid down; it would hold the port.
    """
    found = []
    for process in box.found_on(node):
        with suppress(OSError):
            if Path(f"/proc/{process.pid}/comm").read_text(encoding="utf-8").strip() == "sshd":
                found.append(process)
    return found


def wait_ready(box: Box, node: str, *, patience: float = 90.0) -> None:
    """Return when the node's server greets; raises LabFailed with its last words if it ended or stays silent."""
    failed = _("the SSH server of {node} did not come up").format(node=node)
    wait_up(box, node, "sshd", lambda: greets(str(box.management_address(node))), failed=failed, patience=patience)


def greets(address: str, *, timeout: float = 2.0) -> bool:
    """Whether an SSH server at the address says who it is."""
    try:
        with socket.create_connection((address, 22), timeout=timeout) as line:
            return line.recv(4) == b"SSH-"
    except OSError:
        return False
