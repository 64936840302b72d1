"""What programs on a site's host see under /srv and /var/run/postgresql: the site's own, not the machine's.

All nodes of a lab share one file system. Departments' systems keep their files under /srv, by the city's data, so a
site's programs (its SSH server above all) get a mount namespace of their own in which these two folders are bound to
the site's. The namespace ends with its processes and leaves no mount behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.box import Box

SRV = "/srv"
SOCKETS = "/var/run/postgresql"
_SCRIPT = 'set -e; mount --bind "$0" /srv; mkdir -p /run/postgresql; mount --bind "$1" /run/postgresql; shift; exec "$@"'


def own_disk(box: Box, node: str, argv: Sequence[str], *, user: str = "") -> list[str]:
    """Argv that runs a program where /srv and /var/run/postgresql are the site's own, as `user` if one is named."""
    become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--") if user else ()
    srv, sockets = box.dir(node, "srv"), box.dir(node, "sockets")
    sockets.chmod(0o1777)
    return ["unshare", "--mount", "sh", "-c", _SCRIPT, str(srv), str(sockets), *become, *argv]
