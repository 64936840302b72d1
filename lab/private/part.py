"""The lab's part `private`: departments' private networks with their overlapping addresses, and the plane that they enter.

Routers come up as routers of the lab do; hosts let root in and run their service. What a node keeps in its own /etc holds after a
power cut (`lab.private.etc`). Nothing of the extranet is touched: what joins them to it is `citynode net cutover`.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import ClassVar

from lab.box import Box
from lab.frr import daemons
from lab.frr.health import neighbours, troubles
from lab.logins import keys, sshd
from lab.logins.users import NETOPS, add_users
from lab.part import AccessPatch, Health
from lab.private import etc, service, wires
from lab.private.box import PrivateBox
from lab.private.config import edge_config, gateway_config
from lab.private.layout import Member
from lab.routers.part import console_command, each, probe_command, publish, reached
from lab.sites.disk import make_home, own_disk
from ops.language import N_, WORD, _
from ops.progress import Progress


class Private:
    """Every private network of the city, and the enclaves of its plane."""

    name: ClassVar[str] = "private"
    after: ClassVar[tuple[str, ...]] = ("wires", "routers", "sites")

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run of everything that has power."""
        own = PrivateBox(box)
        if not own.nodes:
            return
        for plane, routers in own.layout.apart.items():
            progress.note(
                _("the lab does not join the tables of plane {plane} at {routers}").format(plane=plane, routers=", ".join(routers))
            )
        add_users()
        keys.make_keys(own)
        publish(own)
        wires.build(own)
        running = [name for name in own.routers if not own.is_off(name)]
        box.record.claim(*(folder for name in running for folder in daemons.folders(own, name)))

        def start(name: str) -> None:
            _start(own, name)
            daemons.prepare(own, name, config_of(own, box, name))
            daemons.start(own, name)

        def finish(name: str) -> None:
            daemons.configure(own, name)
            sshd.start_sshd(own, name, _router_login(own, name), lambda argv: etc.own_etc(own, name, argv))

        each(running, start, progress, _("{name} runs"))
        each(running, finish, progress, _("{name} is configured"))
        members = [member for member in own.layout.members if not own.is_off(member.name)]
        for member in members:
            _bring_up(own, member)
        each(
            reached(own, [*running, *(member.name for member in members)]),
            lambda name: sshd.wait_ready(own, name),
            progress,
            _("{name} answers"),
        )

    def status(self, box: Box) -> list[Health]:
        """Routers by their daemons, hosts by their processes, lines by their carrier."""
        own = PrivateBox(box)
        return [
            *(_router(own, name) for name in own.routers),
            *(_member(own, each) for each in own.layout.members),
            *wires.line_health(own),
        ]

    def access(self, box: Box) -> AccessPatch:
        """Nothing: the city names their numbers in the management network, and the logins are those of routers and sites' hosts."""
        return {}

    def down(self, box: Box) -> None:
        """Nothing: the box ends its namespaces, processes and folders."""


def config_of(own: PrivateBox, box: Box, name: str) -> str:
    """What a router starts with for the first time."""
    edge = next((edge for edge in own.layout.edges if edge.name == name), None)
    return edge_config(box.city, edge) if edge else gateway_config(box.city, name)


def enforce(box: Box) -> None:
    """Make lines and legs what the noted faults say."""
    wires.settle(PrivateBox(box))


def _router_login(own: PrivateBox, name: str) -> str:
    """A router's server; root may come in as well, for addresses are translated by the kernel under the routing daemon."""
    text = sshd.router_sshd(own, name, console=console_command(own, name), probe=probe_command(own, name))
    return "PermitRootLogin prohibit-password\n" + text.replace(f"AllowUsers {NETOPS}", f"AllowUsers root {NETOPS}")


def _bring_up(own: PrivateBox, member: Member) -> None:
    _start(own, member.name)
    wrapped = partial(etc.own_etc, own, member.name)
    sshd.start_sshd(
        own,
        member.name,
        sshd.host_sshd(own, member.name, home=make_home(own, member.name)),
        lambda argv: own_disk(own, member.name, wrapped(argv)),
    )
    if member.port is not None:
        own.spawn(member.name, "service", [sys.executable, str(Path(service.__file__)), member.name, str(member.port)])


def _start(own: PrivateBox, name: str) -> None:
    """A node without its server was never started, or has lost its power since: it gets what its files say."""
    if not own.alive(name, "sshd"):
        etc.start(own, name)


def _router(own: PrivateBox, name: str) -> Health:
    kind = N_("plane", WORD) if any(edge.name == name for edge in own.layout.edges) else N_("private router", WORD)
    if own.is_off(name):
        return Health(kind, name, "down", _("stopped by lab break"))
    gone = [program for program in (*daemons.DAEMONS, "sshd") if not own.alive(name, program)]
    if gone:
        return Health(kind, name, "down", _("not running: {names}").format(names=", ".join(gone)))
    wanting = troubles(own, name)
    detail = "; ".join((_("{count} OSPF neighbours").format(count=len(neighbours(own, name))), *wanting))
    return Health(kind, name, "degraded" if wanting else "up", detail)


def _member(own: PrivateBox, member: Member) -> Health:
    kind = N_("enclave", WORD) if member.port is None else N_("private host", WORD)
    if own.is_off(member.name):
        return Health(kind, member.name, "down", _("{site} is powered off").format(site=member.name))
    wanted = ("sshd",) if member.port is None else ("sshd", "service")
    gone = [program for program in wanted if not own.alive(member.name, program)]
    return Health(kind, member.name, "down" if gone else "up", _("not running: {names}").format(names=", ".join(gone)) if gone else "")


__all__ = ["Private", "enforce"]
