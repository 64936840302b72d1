"""The name that users know the system by: one record set in each family, switched by a signed update, read back before.

Before a move its lifetime is lowered, so that resolvers follow within a second; afterwards it is put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.dns.server import DnsUpdates, Rrset
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from migrate.move import Move
    from network.dns.server import NameServer
    from ops.access import Access

SHORT, LONG = 1, 15
"""Lifetimes of the record in seconds, while it moves and at other times."""


def name_server(access: Access) -> NameServer:
    """The primary name server as the access file says."""
    if access.dns is None:
        raise UsageProblem(_("the access file names no name server"), hint=_("add `dns`, or bring up the lab's part `dns`"))
    return DnsUpdates(access.dns)


def zone_of(move: Move) -> str:
    return move.domain_name.partition(".")[2]


def read(server: NameServer, move: Move) -> dict[str, list[str]]:
    """What the name leads to, by family."""
    return {kind: list(server.read(move.domain_name, kind)) for kind in ("A", "AAAA")}


def point(server: NameServer, move: Move, addresses: dict[str, list[str]], ttl: int) -> None:
    """Let the name lead there, both families in one update; a family without addresses goes."""
    server.update(zone_of(move), [Rrset(move.domain_name, kind, tuple(values), ttl) for kind, values in sorted(addresses.items())])
