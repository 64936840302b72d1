"""An nft(8) that the routers' operators may change the kernel's rules with, although they are no root.

A copy of Debian's with one capability in its file (capabilities(7), CAP_NET_ADMIN), which the group of FRR's command line may run. It
belongs to this machine, as the accounts do: made by the first lab, taken away with the last.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import Final

from lab.errors import LabFailed
from lab.slots import claims, machine_lock
from ops.language import _

FOLDER: Final = Path("/usr/local/lib/citynode-lab")
PROGRAM: Final = FOLDER / "nft"
DEBIANS: Final = Path("/usr/sbin/nft")
GROUP: Final = "frrvty"

CAP_NET_ADMIN: Final = 12
REVISION_2, EFFECTIVE = 0x02000000, 1
"""How the kernel lays file capabilities out (linux/capability.h, `struct vfs_cap_data`)."""


def add_nft() -> None:
    """Make the copy unless it is there and Debian's is no newer."""
    with machine_lock():
        if PROGRAM.exists() and PROGRAM.stat().st_mtime >= DEBIANS.stat().st_mtime:
            return
        FOLDER.mkdir(exist_ok=True)
        fresh = PROGRAM.with_suffix(".new")
        shutil.copyfile(DEBIANS, fresh)
        shutil.chown(fresh, "root", GROUP)
        fresh.chmod(0o750)
        try:
            os.setxattr(fresh, "security.capability", struct.pack("<IIIII", REVISION_2 | EFFECTIVE, 1 << CAP_NET_ADMIN, 0, 0, 0))
        except OSError as refused:
            raise LabFailed(
                _("{path} can't be given a capability").format(path=PROGRAM),
                why=str(refused),
                hint=_("the lab's routers change the kernel's rules by it; /usr/local needs a file system with extended attributes"),
            ) from refused
        fresh.replace(PROGRAM)


def remove_nft() -> None:
    """Take the copy away if no lab is left."""
    with machine_lock():
        if not claims():
            shutil.rmtree(FOLDER, ignore_errors=True)
