"""The lab's part `dns`: bind9, primary at the production centre and secondary at the same-city one."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import ClassVar

from city.addressing import addressing
from lab.box import Box
from lab.dns.zone import KEY, Server, key_text, named_conf, reverse4_text, reverse_text, zone_text
from lab.errors import LabFailed
from lab.namespace import inside
from lab.part import AccessPatch, Health, State
from lab.record import write_atomic
from lab.starting import wait_up
from network.ipv6.records import reverse_zones4
from ops.language import _
from ops.progress import Progress

PROGRAM = "/usr/sbin/named"
PROCESS = "named"
PATIENCE = 120
"""Seconds until it has to serve the zone: routes come first."""
SECRET = "dns-update"  # noqa: S105 - the name of a secret


class Dns:
    """The extranet's name servers."""

    name: ClassVar[str] = "dns"
    after: ClassVar[tuple[str, ...]] = ("sites",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run; return when both serve the zone, or one where the other's centre is dark: no zone comes through."""
        servers, secret = servers_of(box), _secret(box)
        primary = servers[0]
        is_cut = any(box.is_dark(server.centre) for server in servers)
        for number, server in enumerate(servers, start=1):
            if server != primary and not is_cut:
                _wait(box, primary, server.centre)  # routes first: a secondary that can't transfer at its start waits for a minute
            if not box.alive(server.centre, PROCESS):
                _start(box, server, servers, secret)
            if server == primary or not is_cut:
                _wait(box, server, server.centre)
            progress.step(_("{name} at {centre}").format(name=server.name, centre=server.centre), done=number, total=len(servers))

    def status(self, box: Box) -> list[Health]:
        """Each server and the serial of the zone that it has."""
        servers = servers_of(box)
        serials = {server.name: _serial(box, server, server.centre) for server in servers}
        newest = max((serial for serial in serials.values() if serial is not None), default=0)
        rows = []
        for server in servers:
            serial = serials[server.name]
            state: State = "down" if serial is None else "up" if serial == newest else "degraded"
            rows.append(
                Health(
                    "dns",
                    f"{server.name}@{server.centre}",
                    state,
                    _("no answer") if serial is None else _("serial {serial}").format(serial=serial),
                )
            )
        return rows

    def access(self, box: Box) -> AccessPatch:
        """Where signed updates go."""
        _secret(box)
        return {"dns": {"address": str(servers_of(box)[0].management), "key_name": KEY, "key": f"file:{_secret_file(box)}"}}

    def down(self, box: Box) -> None:
        """Nothing: the box ends the servers and their folders."""


def servers_of(box: Box) -> tuple[Server, ...]:
    """Primary and secondary, in the first two centres."""
    found = enumerate(addressing(box.city).name_servers(), start=1)
    return tuple(Server(f"ns{number}", site.name, lan.ipv4.ip, box.management_address(site.name)) for number, (site, lan) in found)


def _start(box: Box, server: Server, servers: tuple[Server, ...], secret: str) -> None:
    folder = box.dir(server.centre, "dns")
    key = folder / "key.conf"
    key.touch(mode=0o600)
    key.write_text(key_text(secret))
    config = folder / "named.conf"
    config.write_text(named_conf(box.city, folder=folder, server=server, servers=servers))
    texts = {"zone.db": zone_text(box.city, servers), "reverse.db": reverse_text(box.city, servers)}
    texts |= {f"{zone}.db": reverse4_text(box.city, zone, servers) for zone in reverse_zones4(box.city)}
    for name, text in texts.items():
        if server == servers[0] and not (folder / name).exists():
            write_atomic(folder / name, text)
    box.spawn(server.centre, PROCESS, [PROGRAM, "-g", "-n", "1", "-c", str(config)])


def _wait(box: Box, server: Server, where: str) -> None:
    """Return when the server answers for the zone, asked from a centre."""
    sentence = _("the name server at {centre} doesn't serve {domain} to {where}")
    failed = sentence.format(centre=server.centre, domain=box.city.address_plan.domain, where=where)
    wait_up(box, server.centre, PROCESS, lambda: _serial(box, server, where) is not None, failed=failed, patience=PATIENCE)


def _serial(box: Box, server: Server, where: str) -> int | None:
    """The zone's serial as the server tells it to a centre."""
    import dns.exception
    import dns.message
    import dns.query

    query = dns.message.make_query(f"{box.city.address_plan.domain}.", "SOA")
    try:
        with inside(box.netns(where)):
            answer = dns.query.udp(query, str(server.lan), timeout=1)
    except (OSError, dns.exception.DNSException, LabFailed):
        return None
    return int(answer.answer[0][0].serial) if answer.answer else None


def _secret_file(box: Box) -> Path:
    return box.folder / "secrets" / SECRET


def _secret(box: Box) -> str:
    """The key, base64, made at first use."""
    path = _secret_file(box)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()
