"""The command that runs Patroni as `postgres`, although interpreter and lab folder may lie in a private home.

PostgreSQL refuses to run as root, and the postgres user can't read `/root`. Instead of copying an interpreter with all
its packages, the process gets a mount namespace of its own in which exactly three folders are bound under one tmpfs:
the interpreter, the packages, and the member's folder. It costs milliseconds and no disk, and ends with the process.
"""

from __future__ import annotations

import site
import sys
import sysconfig
from pathlib import Path, PurePosixPath

from lab.namespace import RELEASE

INSIDE = PurePosixPath("/mnt")
HOME = INSIDE / "member"

_SCRIPT = f"""
{RELEASE}
set -e
mount -t tmpfs -o size=1m,mode=755 citynode "$0"
mkdir "$0/python" "$0/packages" "$0/member"
mount --bind -o ro "$1" "$0/python"
mount --bind -o ro "$2" "$0/packages"
mount --bind "$3" "$0/member"
cd "$0/member"
shift 3
exec setpriv --reuid postgres --regid postgres --init-groups --inh-caps=-all -- "$@"
"""


def packages() -> Path:
    """The folder that holds the installed packages of the running interpreter."""
    return Path(sysconfig.get_path("purelib") or site.getsitepackages()[0])


def sandboxed(folder: Path, module: str, *arguments: str) -> list[str]:
    """Argv that runs a Python module as `postgres`; the process sees `folder` as `/mnt/member`."""
    python = INSIDE / "python"
    interpreter = python / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [
        "unshare",
        "--mount",
        "sh",
        "-c",
        _SCRIPT,
        str(INSIDE),
        sys.base_prefix,
        str(packages()),
        str(folder),
        "env",
        "-u",
        "PYTHONHOME",
        f"PYTHONPATH={INSIDE / 'packages'}",
        f"LD_LIBRARY_PATH={python / 'lib'}",
        "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONUNBUFFERED=1",
        f"HOME={HOME}",
        "LC_ALL=C.UTF-8",
        str(interpreter),
        "-S",  # a distribution's own packages must not come before ours
        "-m",
        module,
        *arguments,
    ]
