"""A small root file system out of Debian packages, as a tar: what they need, without what only people read.

The machine's own apt sources say where packages come from; nothing is installed on the machine. Kept in the cache by the
names of the packages.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lab.errors import LabFailed
from ops.language import _
from ops.process import Command

SOURCES: Final = Path("/etc/apt")
UNREAD: Final = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/share/perl",
    "usr/lib/x86_64-linux-gnu/gconv",
    "usr/lib/aarch64-linux-gnu/gconv",
    "usr/lib/python3.11/test",
    "usr/lib/python3.11/pydoc_data",
    "usr/lib/python3.11/lib2to3",
    "usr/lib/python3.11/idlelib",
    "usr/lib/python3.11/ensurepip",
    "usr/share/i18n",
    "usr/sbin/dpkg*",
    "usr/bin/dpkg*",
    "usr/bin/perl*",
    "usr/lib/dpkg",
    "usr/share/dpkg",
    "usr/share/zoneinfo",
    "var/cache",
    "var/lib/apt",
)


def root_file_system(packages: Iterable[str], cache: Path) -> Path:
    """The tar of the packages and what they depend on, made unless it is in the cache."""
    wanted = tuple(sorted(packages))
    release = _release()
    key = hashlib.sha256(repr((release, wanted, _argv(release, wanted, Path()))).encode()).hexdigest()[:16]
    target = cache / f"root-{key}.tar"
    if target.is_file():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    fresh = cache / f".root-{key}.{os.getpid()}.tar"
    try:
        Command(
            _argv(release, wanted, fresh),
            timeout=600,
            error=LabFailed,
            env={"TMPDIR": str(cache)},
            hint=_("the images are made of Debian packages: apt-get update must work here; citynode lab up goes on from here"),
        ).run()
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def _argv(release: str, packages: tuple[str, ...], target: Path) -> tuple[str, ...]:
    trim = f'cd "$1" && rm -rf {" ".join(UNREAD)}'
    ready = 'chroot "$1" /sbin/ldconfig; chroot "$1" /usr/bin/python3 -m compileall -q /usr/lib/python3 /usr/lib/python3.11 || true'
    return (
        "mmdebstrap",
        "--variant=extract",
        f"--include={','.join(packages)}",
        f"--extract-hook={trim}",
        f"--extract-hook={ready}",
        "--quiet",
        release,
        str(target),
        *_sources(),
    )


def _sources() -> list[str]:
    """The files that tell apt where Debian is; mmdebstrap reads both of their forms."""
    found = [
        SOURCES / "sources.list",
        *sorted((SOURCES / "sources.list.d").glob("*.list")),
        *sorted((SOURCES / "sources.list.d").glob("*.sources")),
    ]
    return [str(path) for path in found if path.is_file() and "debian" in path.read_text(errors="replace").lower()]


def _release() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        key, _equals, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip('"')
    raise LabFailed(
        _("this machine isn't Debian"), why=_("/etc/os-release has no VERSION_CODENAME"), hint=_("the lab is built from Debian packages")
    )
