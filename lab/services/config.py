"""What the servers of time, syslog and traps read. Pure text.

Each hears on its own two addresses alone: its site sends from others, and several servers may stand at one site.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lab.services.servers import Standing
from network.intent.services import SNMP_USER

STRATUM: Final = 8
"""What the lab's clocks say of themselves: they follow the machine's and know no better."""

LINE: Final = (
    "%timegenerated:::date-rfc3339% %fromhost-ip% %hostname% %syslogseverity-text% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-cc%\\n"
)
"""When it came, from which address, the name that it gives, how grave, by whom, and what it says."""

TRAP: Final = "%04y-%02.2m-%02.2l %02.2h:%02.2j:%02.2k %b %u %V\\t%v\\n"
"""When it came, from where, the user, and what it carries: sysUpTime, the trap's own object (snmpTrapOID.0) and its variables."""


def chrony_text(server: Standing, pid_file: Path) -> str:
    """A server that gives the machine's time, whoever asks, and takes no commands."""
    return "\n".join(
        [
            *(f"bindaddress {address}" for address in server.addresses),
            "allow",
            f"local stratum {STRATUM}",
            "cmdport 0",
            "bindcmdaddress /",  # its socket would be the same for every server on the machine
            f"pidfile {pid_file}",
            "noclientlog",
            "",
        ]
    )


def rsyslog_text(server: Standing, log: Path, work: Path) -> str:
    """A server that writes a line for each message, at once, and asks no name server whom it comes from."""
    return "\n".join(
        [
            f'global(workDirectory="{work}" net.enableDNS="off" processInternalMessages="on")',
            'global(parser.escapeControlCharactersOnReceive="off")',  # they are dropped below: sshd ends its lines as a terminal does
            'module(load="imudp")',
            f'template(name="line" type="string" string="{LINE}")',
            'ruleset(name="routers") {',
            f'  action(type="omfile" file="{log}" template="line" asyncWriting="off" flushOnTXEnd="on")',
            "}",
            *(f'input(type="imudp" address="{address}" port="{server.port}" ruleset="routers")' for address in server.addresses),
            "",
        ]
    )


def snmptrapd_text(senders: Iterable[str], auth: str, privacy: str) -> str:
    """A server that takes traps of one user alone, authenticated and encrypted.

    A trap is proved by the sender's engine (RFC 3414, 3.2), so the user is told once for each of them.
    """
    return "\n".join(
        [
            *(f"createUser -e {engine} {SNMP_USER} SHA {auth} AES {privacy}" for engine in senders),
            f"authUser log {SNMP_USER} priv",
            f"format2 {TRAP}",
            "",
        ]
    )
