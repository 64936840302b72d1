"""The extranet's zone and the servers' configuration, as text: pure.

A system's address record is what its users follow: before its move it names its department's host, after it the
centre. A private network's host is named at its old address until the network is cut over. A secondary at the
second centre keeps answering when the first is dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from city.addressing import addressing
from city.model import City
from network.edges.address import edge_addresses
from network.ipv6.records import reverse_zone, reverse_zones4

KEY = "citynode-update"
SIGNED = "dnssec-policy default; "
"""One ECDSA key a zone, made and rolled by the server (BIND's own policy); the zone takes updates and is signed as it changes."""
SYSTEM_TTL = 15
"""Low, so that a system can move at all; a move lowers it further beforehand."""


@dataclass(frozen=True, slots=True)
class Server:
    """A name server: the centre it stands in and where it listens."""

    name: str
    centre: str
    lan: IPv4Address
    management: IPv4Address


def zone_text(city: City, servers: Iterable[Server]) -> str:
    """The zone as it is first loaded; from then on only signed updates change it."""
    plan, domain = addressing(city), city.address_plan.domain
    servers = tuple(servers)
    lines = [
        "$TTL 300",
        f"@ IN SOA {servers[0].name}.{domain}. hostmaster.{domain}. 1 60 15 86400 5",
        *(f"@ IN NS {server.name}.{domain}." for server in servers),
        *(f"{server.name} IN A {server.lan}" for server in servers),
    ]
    for site in city.sites:
        lan = plan.lan(site.name)
        lines += [f"{site.name} IN A {lan.ipv4.ip}"] if lan else []
    lines += [f"{router.name} IN A {router.loopback}" for router in city.routers]
    for system in city.systems:
        lan = plan.lan(system.runs_at)
        lines += [f"{system.name} {SYSTEM_TTL} IN A {lan.ipv4.ip}"] if lan else []
    for network in city.private_networks:
        first = {item.name: item.ipv4.network_address for item in network.ranges}
        lines += [f"{name} {SYSTEM_TTL} IN A {first[host.range] + host.host}" for host in network.hosts for name in host.names]
    lines += [f"{alias}. IN CNAME {place.host}." for place in edge_addresses(city) for alias in place.names]
    return "\n".join(lines) + "\n"


def reverse4_text(city: City, zone: str, servers: Iterable[Server]) -> str:
    """An in-addr.arpa zone: routers' loopbacks and the gateways of sites, which do not move."""
    plan, domain = addressing(city), city.address_plan.domain
    hosts = {router.loopback: router.name for router in city.routers}
    hosts |= {lan.ipv4.ip: site.name for site in city.sites if (lan := plan.lan(site.name)) is not None}
    inside = sorted((address, name) for address, name in hosts.items() if address.reverse_pointer.endswith("." + zone))
    lines = [f"{address.reverse_pointer}. IN PTR {name}.{domain}." for address, name in inside]
    return "\n".join([*_head(city, tuple(servers)), *lines]) + "\n"


def reverse_text(city: City, servers: Iterable[Server]) -> str:
    """The zone of the city's IPv6 prefix, empty until addresses are given to something."""
    return "\n".join(_head(city, tuple(servers))) + "\n"


def _head(city: City, servers: tuple[Server, ...]) -> list[str]:
    domain = city.address_plan.domain
    return [
        "$TTL 300",
        f"@ IN SOA {servers[0].name}.{domain}. hostmaster.{domain}. 1 60 15 86400 5",
        *(f"@ IN NS {server.name}.{domain}." for server in servers),
    ]


def key_text(secret: str) -> str:
    """The key that signs updates and transfers (RFC 8945)."""
    return f'key "{KEY}" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'


def named_conf(city: City, *, folder: Path, server: Server, servers: tuple[Server, ...]) -> str:
    """named.conf of a server: the first of `servers` is the primary."""
    primary, others = servers[0], servers[1:]
    zones = {city.address_plan.domain: "zone.db", reverse_zone(city): "reverse.db"}
    zones |= {zone: f"{zone}.db" for zone in reverse_zones4(city)}
    listen = f"{{ {server.lan}; {server.management}; }}"
    if server == primary:
        notify = "".join(f"{other.lan}; " for other in others)
        kind = (
            f'type primary; allow-update {{ key "{KEY}"; }}; allow-transfer {{ key "{KEY}"; }}; '
            f"also-notify {{ {notify}}}; notify explicit; " + (SIGNED if city.address_plan.dnssec else "")
        )
    else:
        kind = f'type secondary; primaries {{ {primary.lan} key "{KEY}"; }}; masterfile-format text; '
    return (
        f'include "{folder}/key.conf";\n'
        f'options {{ directory "{folder}"; pid-file none; session-keyfile none; lock-file none; '
        f"listen-on {listen}; listen-on-v6 {{ any; }}; "
        f"notify-source {server.lan}; transfer-source {server.lan}; recursion no; dnssec-validation no; empty-zones-enable no; "
        "allow-query { any; }; max-journal-size 1m; tcp-clients 50; };\n"
        "controls { };\nlogging { channel out { stderr; severity info; }; category default { out; }; };\n"
        + "".join(f'zone "{zone}" {{ {kind}file "{folder}/{file}"; }};\n' for zone, file in zones.items())
    )
