"""What programs on a site's host see under /srv, /var/tmp and /var/run/postgresql: the site's own, not the machine's.

All nodes of a lab share one file system. Departments' systems keep their files under /srv, by the city's data, and what
is put down for a while (a drill's probe) lies in /var/tmp, so a site's programs (its SSH server above all) get a mount
namespace of their own in which these folders are bound to the site's. The namespace ends with its processes and leaves
no mount behind; what lies in the folders goes with the lab.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.box import Box
from lab.namespace import RELEASE

SRV = "/srv"
SOCKETS = "/var/run/postgresql"
HOME = "/var/tmp/root"  # noqa: S108 - the site's own, see above
"""Of who logs in at a site: the settings that the machine's own root has for its shell would run at every login there."""
_SCRIPT = (
    f"{RELEASE}; "
    'set -e; mount --bind "$0" /srv; mkdir -p /run/postgresql; mount --bind "$1" /run/postgresql; mount --bind "$2" /var/tmp; '
    'shift 2; exec "$@"'
)


def make_home(box: Box, node: str) -> str:
    """HOME, which is there once this was called."""
    (box.dir(node, "tmp") / Path(HOME).name).mkdir(mode=0o700, exist_ok=True)
    return HOME


def own_disk(box: Box, node: str, argv: Sequence[str], *, user: str = "") -> list[str]:
    """Argv that runs a program where /srv and /var/run/postgresql are the site's own, as `user` if one is named."""
    become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--") if user else ()
    srv, sockets, scratch = box.dir(node, "srv"), box.dir(node, "sockets"), box.dir(node, "tmp")
    for shared in (sockets, scratch):
        shared.chmod(0o1777)
    return ["unshare", "--mount", "sh", "-c", _SCRIPT, str(srv), str(sockets), str(scratch), *become, *argv]
