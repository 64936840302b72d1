"""Programs that a router's init starts again when they end (`again.sh`): how those come to count that read their files only then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.box import Box
from lab.logins.sshd import shared


def again(box: Box, node: str, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
    """Run a program on the node unless it runs, and again whenever it ends."""
    box.spawn(node, name, ("/bin/sh", str(shared(box) / "again"), str(_folder(box, node)), name, *argv), env=env)


def pid_file(box: Box, node: str, name: str) -> Path:
    """Where the program's pid of the moment stands."""
    return _folder(box, node) / f"{name}.pid"


def boots(box: Box, node: str, name: str) -> Path:
    """How often the program was started, as net-snmp reads it (`engineBoots`)."""
    return _folder(box, node) / f"{name}.boots"


def _folder(box: Box, node: str) -> Path:
    return box.dir(node, "again")
