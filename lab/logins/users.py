"""The two accounts that routers' SSH servers know: `netops` gets the router's command line, `netprobe` measurements only.

They are accounts of this machine, shared by all its labs: made by the first, taken away with the last. An account of
that name that somebody else made is never touched: the lab refuses to come up instead.
"""

from __future__ import annotations

import pwd

from lab.errors import LabFailed
from lab.slots import claims, machine_lock
from ops.language import _
from ops.process import Command

NETOPS = "netops"
NETPROBE = "netprobe"
EXTRA = {NETOPS: ("--non-unique", "--uid", "{frr}", "-g", "frr", "-G", "frrvty"), NETPROBE: ()}
"""`netops` is FRR's own account under another name, so that `write memory` may save what the daemons read."""
COMMENT = "citynode lab"


def add_users() -> None:
    """Make the accounts unless they are there."""
    with machine_lock():
        for name, extra in EXTRA.items():
            known = _find(name)
            if known is None:
                own = tuple(word.format(frr=pwd.getpwnam("frr").pw_uid) for word in extra)
                argv = ("useradd", "--system", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", "-p", "*", "-c", COMMENT)
                Command((*argv, *own, name), error=LabFailed).run()
            elif known.pw_gecos != COMMENT:
                raise LabFailed(
                    _("this machine has an account '{name}' that isn't the lab's").format(name=name),
                    why=known.pw_gecos,
                    hint=_("the lab needs that name for its routers; rename the account"),
                )


def remove_users() -> None:
    """Take the accounts away if no lab is left."""
    with machine_lock():
        if claims():
            return
        for name in EXTRA:
            known = _find(name)
            if known is not None and known.pw_gecos == COMMENT:
                Command(("userdel", "--force", name), allowed=(0, 6), error=LabFailed).run()


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
