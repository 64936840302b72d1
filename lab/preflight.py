"""Whether this machine can hold a lab, asked before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import MissingPackages, NotRoot
from ops.errors import CitynodeError

PACKAGES = Path(__file__).parent / "packages.txt"
NEEDED_BYTES = 300_000_000


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package, a program of it, and the parts that need it."""

    name: str
    program: Path
    parts: frozenset[str]


def packages(text: str) -> tuple[Package, ...]:
    """The list of packages as data."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(Package(row[0], Path(row[1]), frozenset(row[2:])) for row in rows)


def missing(parts: Iterable[str]) -> tuple[str, ...]:
    """Packages that these parts need and that aren't installed."""
    wanted = frozenset(parts)
    listed = packages(PACKAGES.read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(item.name for item in listed if item.parts & wanted and not item.program.exists()))


def check_machine(parts: Iterable[str], state: Path) -> None:
    """Raise what keeps this machine from holding the parts."""
    if os.geteuid() != 0:
        raise NotRoot("a lab needs root", why="it makes network namespaces and starts routers in them", hint="sudo citynode lab up")
    absent = missing(parts)
    if absent:
        raise MissingPackages(
            f"{len(absent)} Debian packages are missing: {', '.join(absent)}",
            hint=f"apt-get install --no-install-recommends {' '.join(absent)}",
        )
    room = os.statvfs(state)
    free = room.f_bavail * room.f_frsize
    if free < NEEDED_BYTES:
        raise CitynodeError(
            f"{state} has {free // 1_000_000} MB left",
            why=f"a lab needs {NEEDED_BYTES // 1_000_000} MB",
            hint="free some space or set CITYNODE_STATE to another disk",
        )
