"""Whether this machine can hold a lab, asked before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import MissingPackages, NotRoot
from ops.errors import CitynodeError, UsageProblem
from ops.folders import cache_dir
from ops.language import _

LONGEST_SOCKET = 107
"""Bytes that a UNIX socket's path may have (sun_path, unix(7))."""
PACKAGES = Path(__file__).parent / "packages.txt"
NEEDED_MB = {"wires": 100, "quorum": 600, "hosts": 250, "clusters": 1200}
"""What parts put on the disk of the state folder, about; the others hardly anything."""
FULL_MB = 40
"""With less than this left, what fails most likely failed for want of space."""


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package, a program of it, and the parts that need it."""

    name: str
    program: str
    parts: frozenset[str]

    @property
    def is_unpacked(self) -> bool:
        """Whether prepare.sh unpacks it rather than install it: what it does to a machine is too much for a lab."""
        return not self.program.startswith("/")

    @property
    def is_there(self) -> bool:
        return any(place.exists() for place in places(self.name, self.program))


def packages(text: str) -> tuple[Package, ...]:
    """The list of packages as data."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(Package(row[0], row[1], frozenset(row[2:])) for row in rows)


def places(package: str, program: str) -> tuple[Path, ...]:
    """Where the program may be: one that is unpacked on the machine too, in the cache, or in that of who called sudo and so prepared it."""
    if program.startswith("/"):
        return (Path(program),)
    caller = os.environ.get("SUDO_USER")
    caches = [cache_dir(), *([Path(f"~{caller}").expanduser() / ".cache" / "citynode"] if caller else [])]
    return (Path("/", program), *(cache / "debian" / package / program for cache in caches))


def missing(parts: Iterable[str]) -> tuple[Package, ...]:
    """Packages that these parts need and that aren't there."""
    wanted = frozenset(parts)
    return tuple(item for item in packages(PACKAGES.read_text(encoding="utf-8")) if item.parts & wanted and not item.is_there)


def check_machine(parts: Iterable[str], state: Path, built: Iterable[str] = ()) -> None:
    """Raise what keeps this machine from holding the parts; those that are built already have their room."""
    if os.geteuid() != 0:
        raise NotRoot(_("a lab needs root"), why=_("it makes network namespaces and starts routers in them"), hint="sudo citynode lab up")
    wanted = tuple(parts)
    absent = missing(wanted)
    if absent:
        names = tuple(dict.fromkeys(item.name for item in absent))
        by_hand = not any(item.is_unpacked for item in absent)
        raise MissingPackages(
            _("{count} Debian packages are missing: {value}").format(count=len(names), value=", ".join(names)),
            hint=f"apt-get install --no-install-recommends {' '.join(names)}" if by_hand else "make prepare",
        )
    needed, free = sum(NEEDED_MB.get(part, 0) for part in set(wanted) - set(built)), free_mb(state)
    if free < needed:
        raise CitynodeError(
            _("{state} has {free} MB left").format(state=state, free=free),
            why=_("these parts need {needed} MB").format(needed=needed),
            hint=_("free some space or set CITYNODE_STATE to another disk"),
        )


def check_paths(folder: Path, centres: Iterable[str]) -> None:
    """Raise if the sockets of a cluster would have no room below the lab's folder."""
    longest = max((f"{folder}/nodes/{centre}/cluster/kubelet/device-plugins/kubelet.sock" for centre in centres), key=len, default="")
    if len(longest) > LONGEST_SOCKET:
        raise UsageProblem(
            _("the state folder's path is too long for a cluster's sockets"),
            why=_("{longest} has {count} characters of {most}").format(longest=longest, count=len(longest), most=LONGEST_SOCKET),
            hint=_("set CITYNODE_STATE to a shorter path"),
        )


def free_mb(folder: Path) -> int:
    """Room left on the folder's disk, in MB."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize // 1_000_000
