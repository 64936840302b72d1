"""Time, syslog, SNMP and how one logs in."""

from __future__ import annotations

from collections.abc import Iterator

from network.dialect.secrets import secret
from network.dialect.vendor.words import Words
from network.intent.filters import LOGINS_NUMBER
from network.intent.router import Intent
from network.intent.services import IDLE_MINUTES, SNMP_AUTH, SNMP_GROUP, SNMP_PRIVACY, SNMP_USER, Address
from network.tree import Node


def servers(intent: Intent, words: Words) -> Iterator[Node]:
    """Whom the router asks and tells, and the account under which it does."""
    found = intent.servers
    lines = [
        *(words.ntp_on if found.ntp else ()),
        *(_of(address, "ntp-service unicast-server {}", words.ntp6) for address in found.ntp),
        *(_of(address, "info-center loghost {}", "info-center loghost ipv6 {}") for address in found.syslog),
        "snmp-agent",
        "snmp-agent sys-info version v3",
        f"snmp-agent group v3 {SNMP_GROUP} privacy",
        *(phrase.format(user=SNMP_USER, group=SNMP_GROUP, auth=secret(SNMP_AUTH), privacy=secret(SNMP_PRIVACY)) for phrase in words.user),
        *(
            f"{_of(address, 'snmp-agent target-host trap address udp-domain {}', words.trap6)} params securityname {SNMP_USER} v3 privacy"
            for address in found.traps
        ),
        *(["snmp-agent trap enable"] if found.traps else []),
    ]
    yield from (Node(line) for line in lines)


def logins(intent: Intent, words: Words) -> Iterator[Node]:
    """SSH alone, with today's algorithms, from operators' networks, and not for ever."""
    yield from (Node(line) for line in words.ssh)
    guarded = any(entry.number == LOGINS_NUMBER for entry in intent.filters)
    if guarded:
        yield from (Node(phrase.format(LOGINS_NUMBER)) for phrase in words.ssh_acl[: 2 if intent.ipv6 else 1])
    inside = [
        phrase.format(acl=LOGINS_NUMBER, idle=IDLE_MINUTES)
        for phrase in words.line
        if "{acl}" not in phrase or (guarded and (intent.ipv6 or "ipv6" not in phrase))
    ]
    yield Node(words.lines, tuple(Node(line) for line in inside))


def _of(address: Address, four: str, six: str) -> str:
    return (four if address.version == 4 else six).format(address)
