"""What an FRR router leaves to the programs of its host: time, syslog, SNMP and logins, as one file of each. Pure.

In a configuration a file is a section, `host chrony`, with the program's own lines in it (chrony.conf(5), rsyslog.conf(5),
snmpd.conf(5), sshd_config(5)). The host includes these files where they count; they are ours as a whole and are replaced as a whole.
What else the programs are told is somebody else's. Secrets are named; a router shows a mask in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from network.dialect.secrets import MASKED, secret
from network.intent.router import Intent
from network.intent.services import IDLE_MINUTES, SNMP_AUTH, SNMP_PRIVACY, SNMP_USER, Address
from network.patch import NOTHING, Change, Patch, in_order
from network.tree import Node, Tree

COMMAND: Final = "host "
"""Begins the header of a file, and a line that whoever changes the files takes, not vtysh: alone it begins the file anew, with more it
adds a line to it."""
CHRONY, RSYSLOG, SNMPD, SSHD = (f"{COMMAND}{program}" for program in ("chrony", "rsyslog", "snmpd", "sshd"))

SYSLOG_PORT, TRAP_PORT = 514, 162
RFC5424: Final = "RSYSLOG_SyslogProtocol23Format"
LINK_TRAPS: Final = {"Down": ("3", "== 2"), "Up": ("4", "!= 2")}
"""linkDown and linkUp by their last number, and the ifOperStatus that they tell of (RFC 2863)."""
LOOKS_SECONDS: Final = 10
IF_TABLE, SNMP_TRAPS = ".1.3.6.1.2.1.2.2", ".1.3.6.1.6.3.1.1.5"
"""Debian has no MIBs to call them by name."""
IF_INDEX, IF_ADMIN_STATUS, IF_OPER_STATUS = (f"{IF_TABLE}.1.{column}" for column in (1, 7, 8))
LOOKER: Final = f"{SNMP_USER}-look"
"""Asks the agent itself for what traps tell of, which net-snmp does without privacy; it may see interfaces alone."""

CIPHERS: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
MACS: Final = ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha2-256")
EXCHANGES: Final = ("curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "diffie-hellman-group16-sha512")
"""Without SHA-1 and CBC (RFC 9142); what paramiko has of them is enough to log in."""

_MASKED: Final = tuple(
    (re.compile(rf"(?<= )(?P<what>{words}) {re.escape(MASKED)}(?= |$)"), name)
    for words, name in (("SHA|-A", SNMP_AUTH), ("AES|-X", SNMP_PRIVACY))
)
_OURS: Final = re.compile(rf"^(?:createUser|trapsess .*-u) {SNMP_USER}\S*\b")
_HIDDEN: Final = re.compile(rf"[^#].*(?<= ){re.escape(MASKED)}(?= |$)")
"""A line with a secret of somebody else: nobody can type it again."""


def files(intent: Intent) -> Iterator[Node]:
    """The files of an intent; none that says nothing."""
    found = intent.servers
    logs = (f"*.info @{_host(address)}:{SYSLOG_PORT};{RFC5424}" for address in found.syslog)
    for header, lines in (
        (CHRONY, tuple(f"server {address} iburst" for address in found.ntp)),
        (RSYSLOG, tuple(logs)),
        (SNMPD, (*_accounts(), *_traps(found.traps))),
        (SSHD, tuple(_logins())),
    ):
        if lines:
            yield Node(header, tuple(Node(line) for line in lines))


def held(tree: Tree) -> tuple[Node, ...]:
    """The files in a configuration."""
    return tuple(node for node in tree.nodes if node.line.startswith(COMMAND))


def canonical(node: Node) -> Node:
    """A file as a router shows it, with its secrets by name where they are our account's."""
    return Node(node.line, tuple(Node(_named(child.line)) for child in node.children))


def patch(running: Iterable[Node], wanted: Iterable[Node]) -> Patch:
    """What differs, and the lines that replace each file that does; one with a secret that nobody knows is left as it is."""
    old, new = _lines(running), _lines(wanted)
    differ = [header for header in sorted({*old, *new}) if old.get(header) != new.get(header)]
    if not differ:
        return NOTHING
    changes = tuple(change for header in differ for change in _changes(header, old.get(header), new.get(header)))
    typed: list[str] = []
    by_hand: list[str] = []
    for header in differ:
        lines = new.get(header, ())
        hidden = [f"{header} {line}" for line in lines if _HIDDEN.match(line)]
        by_hand += hidden
        typed += () if hidden else (header, *(f"{header} {line}" for line in lines))
    return Patch(changes, tuple(typed), tuple(by_hand))


def _accounts() -> Iterator[str]:
    """Who polls, and who looks for what traps tell."""
    auth, privacy = secret(SNMP_AUTH), secret(SNMP_PRIVACY)
    yield f"createUser {SNMP_USER} SHA {auth} AES {privacy}"
    yield f"rouser {SNMP_USER} priv"


def _traps(targets: Iterable[Address]) -> Iterator[str]:
    """To whom, as whom and of what; nothing where nobody listens."""
    auth, privacy = secret(SNMP_AUTH), secret(SNMP_PRIVACY)
    whom = [f"{'udp6' if address.version == 6 else 'udp'}:{_host(address)}:{TRAP_PORT}" for address in targets]
    if not whom:
        return
    yield f"createUser {LOOKER} SHA {auth}"
    yield f"rouser {LOOKER} auth {IF_TABLE}"
    yield f"iquerySecName {LOOKER}"
    yield from (f"trapsess -v 3 -u {SNMP_USER} -l authPriv -a SHA -A {auth} -x AES -X {privacy} {one}" for one in whom)
    for name, (number, _when) in LINK_TRAPS.items():
        yield f"notificationEvent link{name} {SNMP_TRAPS}.{number} {IF_INDEX} {IF_ADMIN_STATUS} {IF_OPER_STATUS}"
    for name, (_number, when) in LINK_TRAPS.items():
        yield f'monitor -S -r {LOOKS_SECONDS} -e link{name} "link {name.lower()}" {IF_OPER_STATUS} {when}'


def _logins() -> Iterator[str]:
    """Keys alone, today's algorithms, few tries, an end to forgotten sessions, every login told (GB/T 22239-2019, 8.1.4.1 and 8.1.4.3)."""
    yield f"Ciphers {','.join(CIPHERS)}"
    yield f"MACs {','.join(MACS)}"
    yield f"KexAlgorithms {','.join(EXCHANGES)}"
    yield "PasswordAuthentication no"
    yield "KbdInteractiveAuthentication no"
    yield "MaxAuthTries 4"
    yield "LoginGraceTime 30"
    yield f"ChannelTimeout session:*={IDLE_MINUTES}m"
    yield f"UnusedConnectionTimeout {IDLE_MINUTES}m"
    yield "LogLevel VERBOSE"


def _host(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _named(line: str) -> str:
    for pattern, name in _MASKED if _OURS.match(line) else ():
        line = pattern.sub(rf"\g<what> {secret(name)}", line)
    return line


def _lines(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    return {node.line: tuple(child.line for child in node.children) for node in nodes if node.children}


def _changes(header: str, before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Iterator[Change]:
    if before is None or after is None:
        yield Change("-" if after is None else "+", (), header)
    yield from in_order((header,), before or (), after or ())
