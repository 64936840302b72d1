# Copyright: the citynode maintainers
"""What a host's baseline is, as files: pure text from a few settings, on the standard library alone, since it runs on the host.

Measured by GB/T 22239-2019, level 3 general requirements: 8.1.4.1 (who logs in, and how a forgotten session ends), 8.1.4.2 (who
may reach what), 8.1.4.3 (what is audited, and by which clock), 8.1.4.4 (nothing listens that isn't needed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

SSH_PORT, EXPORTER_PORT = 22, 9100
IDLE_SECONDS = 300
RULES = "/etc/nftables.d/50-citynode.nft"
TABLE = ("inet", "citynode")
"""The filter's own table: others' tables are left alone."""
ICMP6 = (
    "destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply, "
    "nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert"
)
"""What a host can't do without in IPv6 (RFC 4890, 4.4.1)."""


@dataclass(frozen=True)
class Settings:
    """What differs from host to host."""

    ntp: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    """Networks that may log in, both families; none: everybody."""
    monitors: tuple[str, ...] = ()
    """Networks that may read the exporter."""
    ports: tuple[int, ...] = ()
    """TCP ports of the host's own services."""
    neighbours: tuple[str, ...] = ()
    """Routers that speak OSPF with the host, where it is its site's gateway; in IPv6 they do by link-local addresses (RFC 5340)."""
    ssh_port: int = SSH_PORT


@dataclass(frozen=True)
class BaselineFile:
    """A file of the baseline, how it is proven before it is put in its place, and what makes it count."""

    section: str
    path: str
    text: str
    program: str
    """Who reads it; where it isn't on the host, the file is only written."""
    mode: int = 0o644
    validate: tuple[str, ...] = ()
    """A command that takes the new file as its last word."""
    service: tuple[str, ...] = ()
    """Words for systemctl that make it count."""
    late: bool = False
    """Whether it is put in its place only when the change is kept: what the next boot reads must not cut anybody off."""

    @property
    def is_for_boot(self) -> bool:
        """Whether it says nothing but what is read at boot."""
        return self.late and self.path != RULES


def files(settings: Settings, sections: Iterable[str]) -> list[BaselineFile]:
    """The baseline's files of these sections, in order."""
    return [file for section in SECTIONS if section in set(sections) for file in SECTIONS[section](settings)]


def _sshd(_settings: Settings) -> tuple[BaselineFile, ...]:
    lines = (
        "# GB/T 22239-2019 8.1.4.1: keys alone, few tries, an end to forgotten sessions; 8.1.4.3: every login is told",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitEmptyPasswords no",
        "MaxAuthTries 4",
        "LoginGraceTime 30",
        f"ClientAliveInterval {IDLE_SECONDS}",
        "ClientAliveCountMax 1",
        "X11Forwarding no",
        "AllowAgentForwarding no",
        "LogLevel VERBOSE",
    )
    return (BaselineFile("sshd", "/etc/ssh/sshd_config.d/50-citynode.conf", _text(lines), "sshd", service=("reload", "sshd")),)


def _chrony(settings: Settings) -> tuple[BaselineFile, ...]:
    lines = ("# GB/T 22239-2019 8.1.4.3: one clock for every record", *(f"server {server} iburst" for server in settings.ntp))
    path, check = "/etc/chrony/conf.d/50-citynode.conf", ("chronyd", "-p", "-f")
    return (BaselineFile("chrony", path, _text(lines), "chronyd", validate=check, service=("restart", "chrony")),)


def _auditd(_settings: Settings) -> tuple[BaselineFile, ...]:
    watched = (
        ("/etc/passwd", "identity"),
        ("/etc/shadow", "identity"),
        ("/etc/group", "identity"),
        ("/etc/sudoers", "privilege"),
        ("/etc/sudoers.d", "privilege"),
        ("/etc/ssh", "remote-access"),
        ("/etc/audit", "audit"),
        ("/etc/nftables.d", "filter"),
    )
    lines = (
        "# GB/T 22239-2019 8.1.4.3: who changed who may do what",
        *(f"-w {path} -p wa -k {key}" for path, key in watched),
        "-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time",
    )
    return (BaselineFile("auditd", "/etc/audit/rules.d/50-citynode.rules", _text(lines), "augenrules", 0o640),)


def _nftables(settings: Settings) -> tuple[BaselineFile, ...]:
    rules = [
        "ct state established,related accept",
        "ct state invalid drop",
        "iif lo accept",
        "meta l4proto icmp accept",
        f"icmpv6 type {{ {ICMP6} }} accept",
        *_routing(settings.neighbours),
        *_from(settings.operators, settings.ssh_port),
        *(_from(settings.monitors, EXPORTER_PORT) if settings.monitors else ()),
        *([f"tcp dport {{ {', '.join(str(port) for port in sorted(settings.ports))} }} accept"] if settings.ports else ()),
    ]
    lines = (
        "# GB/T 22239-2019 8.1.4.2, 8.1.4.4: what isn't named here doesn't come in, in either family",
        f"table {' '.join(TABLE)}",
        f"delete table {' '.join(TABLE)}",
        f"table {' '.join(TABLE)} {{",
        "  chain input {",
        "    type filter hook input priority filter; policy drop;",
        *(f"    {rule}" for rule in rules),
        "  }",
        "}",
    )
    rules_file = BaselineFile("nftables", RULES, _text(lines), "nft", 0o600, validate=("nft", "-c", "-f"), late=True)
    load = f"/usr/sbin/nft -f {RULES}"
    boot = ("# the filter comes back with the host", "[Service]", f"ExecStart={load}", f"ExecReload={load}")
    path = "/etc/systemd/system/nftables.service.d/50-citynode.conf"
    return (rules_file, BaselineFile("nftables", path, _text(boot), "nft", service=("enable", "nftables"), late=True))


def _exporter(_settings: Settings) -> tuple[BaselineFile, ...]:
    lines = ("# what the host says of itself to monitoring", f'ARGS="--web.listen-address=:{EXPORTER_PORT} --no-collector.wifi"')
    name = "prometheus-node-exporter"
    return (BaselineFile("node_exporter", f"/etc/default/{name}", _text(lines), name, service=("restart", name)),)


SECTIONS: Mapping[str, Callable[[Settings], tuple[BaselineFile, ...]]] = {
    "sshd": _sshd,
    "chrony": _chrony,
    "auditd": _auditd,
    "nftables": _nftables,
    "node_exporter": _exporter,
}
"""Every section of the baseline."""


def _from(networks: Iterable[str], port: int) -> list[str]:
    """Who may reach a port: these networks of both families, or everybody where none is named."""
    known = [ip_network(network) for network in networks]
    if not known:
        return [f"tcp dport {port} accept"]
    out = []
    for version, word in ((4, "ip"), (6, "ip6")):
        mine = [str(network) for network in known if network.version == version]
        if mine:
            out.append(f"{word} saddr {{ {', '.join(mine)} }} tcp dport {port} accept")
    return out


def _routing(neighbours: Iterable[str]) -> list[str]:
    """OSPF of the host's own routers, in both families."""
    known = sorted(str(ip_address(neighbour)) for neighbour in neighbours)
    if not known:
        return []
    return [f"ip saddr {{ {', '.join(known)} }} meta l4proto ospf accept", "ip6 saddr fe80::/10 meta l4proto ospf accept"]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
