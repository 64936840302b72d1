"""Where the servers' programs are, which the routers' own clients are too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab.errors import MissingPackages
from lab.preflight import places
from ops.language import _

RSYSLOGD: Final = "/usr/sbin/rsyslogd"
SNMPTRAPD: Final = "/usr/sbin/snmptrapd"


def keep_time(config: Path) -> tuple[str, ...]:
    """Chronyd with this configuration, which leaves the machine's clock alone."""
    return (chronyd(), "-x", "-d", "-u", "root", "-f", str(config))


def keep_log(config: Path) -> tuple[str, ...]:
    """Rsyslogd with this configuration, and no pid file that all of them would share."""
    return (RSYSLOGD, "-n", "-iNONE", "-f", str(config))


def chronyd() -> str:
    """The machine's own chronyd, else the one that prepare.sh unpacked: installed, it would take the machine's own time service away."""
    looked = places("chrony", "usr/sbin/chronyd")
    found = next((path for path in looked if path.exists()), None)
    if found is None:
        raise MissingPackages(
            _("chronyd isn't there"), why=_("looked for {value}").format(value=", ".join(map(str, looked))), hint="make prepare"
        )
    return str(found)
