"""The lab's part `services`: the servers that the city's routers ask and tell, of time, syslog and traps.

They stand where the city's data say, on addresses of their own in their sites' local networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from lab.box import Box
from lab.logins.snmpd import engine_id
from lab.part import AccessPatch, Health
from lab.record import write_atomic
from lab.services import programs
from lab.services.ask import answering
from lab.services.config import chrony_text, rsyslog_text, snmptrapd_text
from lab.services.servers import FOLDER, Standing, standing
from lab.serving import health, wait_serving
from lab.wires.lan import LAN
from lab.wires.netlink import Netlink
from network.intent.services import SNMP_AUTH, SNMP_PRIVACY
from ops.language import N_, WORD, _
from ops.progress import Progress

ROUTERS_LOG = "routers.log"
TRAPS_LOG = "traps.log"


class Services:
    """Every server whose site is built."""

    name: ClassVar[str] = "services"
    after: ClassVar[tuple[str, ...]] = ("sites",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run; return when each serves in both families."""
        servers = [server for server in standing(box) if not box.is_off(server.site)]
        _settle_in(box, servers)
        for server in servers:
            if not box.alive(server.site, server.process):
                _start(box, server)
        for number, server in enumerate(servers, start=1):
            wait_serving(box, server.site, server.process, partial(answering, box, server))
            progress.step(_("{name} serves").format(name=server.name), done=number, total=len(servers))

    def status(self, box: Box) -> list[Health]:
        """Each server, and the families in which it serves."""
        return [health(N_("service", WORD), server.name, answering(box, server)) for server in standing(box)]

    def access(self, box: Box) -> AccessPatch:
        """Nothing: routers know them by the city's data."""
        return {}

    def down(self, box: Box) -> None:
        """Nothing: the box ends the servers and their folders."""


def _settle_in(box: Box, servers: Iterable[Standing]) -> None:
    """The servers' addresses, none of which is ever the source of what the site itself sends.

    They are of the local network's own length, so that it stays one route for the whole city: a /32 would be told beside it.
    """
    for server in servers:
        with Netlink(box.netns(server.site)) as socket:
            socket.add_second_address(LAN, server.ipv4)
            socket.add_second_address(LAN, server.ipv6)


def _start(box: Box, server: Standing) -> None:
    folder = box.dir(server.site, FOLDER)
    config = folder / f"{server.process}.conf"
    start = {"ntp": _start_ntp, "syslog": _start_syslog, "traps": _start_traps}[server.use]
    start(box, server, folder, config)


def _start_ntp(box: Box, server: Standing, folder: Path, config: Path) -> None:
    pid_file = folder / f"{server.process}.pid"
    pid_file.unlink(missing_ok=True)  # a server that was killed leaves it, and its number may be another process' by now
    write_atomic(config, chrony_text(server, pid_file))
    box.spawn(server.site, server.process, programs.keep_time(config))


def _start_syslog(box: Box, server: Standing, folder: Path, config: Path) -> None:
    write_atomic(config, rsyslog_text(server, folder / ROUTERS_LOG, folder))
    box.spawn(server.site, server.process, programs.keep_log(config))


def _start_traps(box: Box, server: Standing, folder: Path, config: Path) -> None:
    senders = [engine_id(box, router.name) for router in box.city.routers]
    auth, privacy = (box.secret(name).read_text() for name in (SNMP_AUTH, SNMP_PRIVACY))
    write_atomic(config, snmptrapd_text(senders, auth, privacy))
    heard = [f"udp:{server.ipv4.ip}:{server.port}", f"udp6:[{server.ipv6.ip}]:{server.port}"]
    box.spawn(
        server.site,
        server.process,
        [
            programs.SNMPTRAPD, "-f", "-X", "-n", "-On", "-C", "-c", str(config),
            "-A", "-Lf", str(folder / TRAPS_LOG), *heard,
        ],
        env={"SNMP_PERSISTENT_DIR": str(box.dir(server.site, FOLDER, server.process)), "MIBS": ""},
    )  # fmt: skip
