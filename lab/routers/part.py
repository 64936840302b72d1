"""The extranet's routers: FRR, an SSH server, an SNMP agent, a clock and a syslog each, with the configuration of today.

They are all started before any is waited for: on a small machine the daemons' own start is what takes time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from city.addressing import addressing
from city.model import Dialect
from lab.box import Box
from lab.fault import dark_nodes
from lab.frr import daemons
from lab.frr.config import router_config
from lab.frr.health import health
from lab.logins import keys, nft, snmpd, sshd
from lab.logins.users import NETOPS, NETPROBE, add_users
from lab.part import AccessPatch, Health
from lab.routers import host, rules
from ops.language import _
from ops.progress import Progress

WORKERS = 4


class Routers:
    """Every router of the city."""

    name: ClassVar[str] = "routers"
    after: ClassVar[tuple[str, ...]] = ("wires",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run of every router that has power."""
        add_users()
        nft.add_nft()
        keys.make_keys(box)
        publish(box)
        names = [router.name for router in box.city.routers if not box.is_off(router.name)]
        box.record.claim(*(folder for name in names for folder in daemons.folders(box, name)))
        box.secret("snmp-auth")
        box.secret("snmp-privacy")

        def start(name: str) -> None:
            daemons.prepare(box, name, router_config(box.city, name))
            daemons.start(box, name)

        def finish(name: str) -> None:
            daemons.configure(box, name)
            if not box.alive(name, "sshd"):  # it was never started, or has lost its power since
                rules.restore(box, name)
                host.restore(box, name)
            if speaks(box, name) is not Dialect.FRR:
                take_place(box, name)
            config = sshd.router_sshd(
                box, name, console=console_command(box, name), probe=probe_command(box, name), more=host.file_of(box, name, "sshd")
            )
            sshd.start_sshd(box, name, config)
            snmpd.start_agent(box, name, more=host.file_of(box, name, "snmpd"))
            if speaks(box, name) is Dialect.FRR:
                host.start(box, name)

        each(names, start, progress, _("{name} runs"))
        each(names, finish, progress, _("{name} is configured"))
        each(reached(box, names), lambda name: sshd.wait_ready(box, name), progress, _("{name} answers"))

    def status(self, box: Box) -> list[Health]:
        """Daemons and neighbours of every router."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda router: _health(box, router.name), box.city.routers))

    def access(self, box: Box) -> AccessPatch:
        """Logins and SNMP of the routers."""
        hosts = str(keys.known_hosts(box))
        return {
            "ssh": {"user": NETOPS, "key": str(keys.client_key(box, keys.OPERATOR)), "known_hosts": hosts},
            "probe": {"user": NETPROBE, "key": str(keys.client_key(box, keys.PROBE)), "known_hosts": hosts},
            "snmp": {"user": snmpd.USER, **{key: f"file:{box.secret(f'snmp-{key}')}" for key in ("auth", "privacy")}},
        }

    def down(self, box: Box) -> None:
        """Nothing: FRR's folders are noted in the record."""


def each(names: list[str], work: Callable[[str], None], progress: Progress, text: str) -> None:
    """Do the work for every name, a few at a time; the first failure is raised when the running ones are done."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, (name, job) in enumerate([(name, pool.submit(work, name)) for name in names], 1):
            job.result()
            progress.step(text.format(name=name), done=number, total=len(names))


def publish(box: Box) -> None:
    """Lay out what the accounts must be able to read: public keys, the probe, the guard, the bridge, and what serves these."""
    folder = box.outside(sshd.shared(box))
    folder.mkdir(exist_ok=True, mode=0o755)
    accounts = {NETOPS: keys.OPERATOR, NETPROBE: keys.PROBE, "root": keys.OPERATOR}
    for account, key in accounts.items():
        (folder / account).write_text(keys.client_key(box, key).with_suffix(".pub").read_text())
    for script in ("probe.sh", "guard.sh", "host.sh", "agent.sh", "again.sh", "bridge.py"):
        (folder / script.partition(".")[0]).write_text((Path(__file__).parent.parent / "logins" / script).read_text())


def reached(box: Box, names: list[str]) -> list[str]:
    """Those that no fault keeps from being asked."""
    dark = dark_nodes(box.record.facts.faults)
    return [name for name in names if name not in dark]


def console_command(box: Box, node: str) -> tuple[str, ...]:
    """The forced command of the operators' account: vtysh with the guard of changes on trial beside it, or a vendor's command line."""
    if speaks(box, node) is not Dialect.FRR:
        return ("/usr/bin/python3", "-I", str(sshd.shared(box) / "bridge"), str(vendor_socket(box, node)))
    guard, folder = sshd.shared(box) / "guard", daemons.folders(box, node)[1] / "guard"
    return ("/bin/sh", str(guard), box.pathspace(node), str(folder), str(nft.PROGRAM), str(host.folder(box, node)))


def speaks(box: Box, node: str) -> Dialect:
    """The command language that the city's data gives the router; a private network's routers have none there, and are FRR."""
    router = box.city.router_by_name.get(node)
    return router.dialect if router else Dialect.FRR


def take_place(box: Box, node: str) -> None:
    """A vendor's command line in front of the router: it carries configuration, and FRR forwards beside it as it was set up."""
    argv = [sys.executable, "-m", "lab.vendors", speaks(box, node), node, str(vendor_socket(box, node)), str(box.dir(node) / "vendor.json")]
    box.spawn(node, "vendor", argv, cwd=Path(__file__).parents[2])


def vendor_socket(box: Box, node: str) -> Path:
    """Where the vendor's command line listens."""
    return daemons.folders(box, node)[1] / "vendor.sock"


def probe_command(box: Box, node: str) -> tuple[str, ...]:
    """The forced command of the measuring account."""
    loopback = addressing(box.city).loopback(node)
    return ("/bin/sh", str(sshd.shared(box) / "probe"), str(loopback.ipv4), str(loopback.ipv6))


def _health(box: Box, name: str) -> Health:
    ends = [{link.a.node, link.b.node} for link in box.links if name in (link.a.node, link.b.node)]
    there = {router.name for router in box.city.routers} | set(box.spec.sites if "sites" in box.record.facts.parts else ())
    expected = sum(each <= there for each in ends)  # a lab of routers alone has no gateways to find
    found = health(box, name, "router", expected)
    services = ("sshd", "snmpd", *((host.TIME, host.SYSLOG, host.AGENT) if speaks(box, name) is Dialect.FRR else ("vendor",)))
    silent = [service for service in services if not box.alive(name, service)]
    if found.state == "up" and silent:
        return Health("router", name, "degraded", f"{found.detail}; {_('not running: {names}').format(names=', '.join(silent))}")
    return found
