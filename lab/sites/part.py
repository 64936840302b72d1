"""The gateway nodes of the sites: each joins its local network to the extranet by two uplinks and lets root in by SSH.

Hosts, clusters and name servers that other parts bring live on these nodes.
"""

from __future__ import annotations

from typing import ClassVar

from city.addressing import addressing
from lab.box import Box
from lab.frr import daemons
from lab.frr.config import gateway_config
from lab.frr.health import health
from lab.logins import keys, sshd
from lab.part import AccessPatch, Health
from lab.routers.part import each, publish, reached
from lab.sites.disk import make_home, own_disk
from lab.wires.lan import LAN
from lab.wires.netlink import Netlink
from ops.language import N_, WORD, _
from ops.progress import Progress


class Sites:
    """Every site that the lab builds."""

    name: ClassVar[str] = "sites"
    after: ClassVar[tuple[str, ...]] = ("wires", "routers")

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run of every site that has power."""
        keys.make_keys(box)
        publish(box)
        names = [name for name in box.spec.sites if not box.is_off(name)]
        box.record.claim(*(folder for name in names for folder in daemons.folders(box, name)))

        def start(name: str) -> None:
            daemons.prepare(box, name, gateway_config(box.city, name))
            _settle_in(box, name)
            daemons.start(box, name)
            daemons.configure(box, name)
            sshd.start_sshd(box, name, sshd.host_sshd(box, name, home=make_home(box, name)), lambda argv: own_disk(box, name, argv))

        each(names, start, progress, _("{name} runs"))
        each(reached(box, names), lambda name: sshd.wait_ready(box, name), progress, _("{name} answers"))

    def status(self, box: Box) -> list[Health]:
        """Daemons and neighbours of every gateway."""
        return [health(box, name, N_("site", WORD), _uplinks(box, name)) for name in box.spec.sites]

    def access(self, box: Box) -> AccessPatch:
        """Root's login on the sites' hosts."""
        login = {"user": "root", "key": str(keys.client_key(box, keys.OPERATOR)), "known_hosts": str(keys.known_hosts(box))}
        return {"host_ssh": login, "hosts": {name: str(box.management_address(name)) for name in box.spec.sites}}

    def down(self, box: Box) -> None:
        """Nothing: FRR's folders are noted in the record."""


def _settle_in(box: Box, name: str) -> None:
    """The site's own addresses, before its routing daemons: they take no address as a source that isn't there yet."""
    lan = addressing(box.city).lan(name)
    if lan is not None:
        with Netlink(box.netns(name)) as socket:
            socket.add_address(LAN, lan.ipv4)
            socket.add_address(LAN, lan.ipv6)


def _uplinks(box: Box, name: str) -> int:
    return sum(1 for link in box.links if name in (link.a.node, link.b.node))
