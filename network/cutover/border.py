"""The border of a merged network, as nftables reads it: translation one for one, and who may come in. Pure text.

One table a family of work, replaced as a whole in one transaction, so that there is no moment without a rule. Whatever comes from the
plane and isn't an answer has to be an allowed user that asks for a service, or to be an echo request of one; the rest is
dropped and counted. Errors that belong to a passage are let through as related (RFC 4890, 4.3.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from city.model import Decision
from network.cutover.plan import Cutover, HostMove, Inside, decided

NAT, GATE = "ip citynode_nat", "inet citynode_gate"
"""The tables, by family and name."""


def ruleset(cut: Cutover, router: str, users: Sequence[Inside]) -> str:
    """What the border of this router holds while these users may come in."""
    uplink = cut.router(router).uplink
    ranges = {item.name for item in cut.ranges_of(router)}
    moves = [move for move in cut.hosts if move.range in ranges]
    return "\n".join([*_replaced(NAT), *_nat(cut, router, uplink), *_replaced(GATE), *_gate(uplink, moves, users), ""])


def removal() -> str:
    """What takes the border away, whether it is there or not."""
    return "\n".join([*_replaced(NAT), *_replaced(GATE), ""])


def _replaced(table: str) -> tuple[str, str]:
    """A table is named so that it is there, then removed: nftables has no 'remove if it is there' of this age."""
    return (f"table {table}", f"delete table {table}")


def _nat(cut: Cutover, router: str, uplink: str) -> list[str]:
    pairs = [(item.ipv4, item.becomes) for item in cut.ranges_of(router) if decided(item) is Decision.NAT and item.becomes is not None]
    come = [f'    iifname "{uplink}" ip daddr {new} dnat ip prefix to ip daddr map {{ {new} : {old} }}' for old, new in pairs]
    go = [f'    oifname "{uplink}" ip saddr {old} snat ip prefix to ip saddr map {{ {old} : {new} }}' for old, new in pairs]
    return [
        f"table {NAT} {{",
        "  chain come {",
        "    type nat hook prerouting priority dstnat; policy accept;",
        *come,
        "  }",
        "  chain go {",
        "    type nat hook postrouting priority srcnat; policy accept;",
        *go,
        "  }",
        "}",
    ]


def _gate(uplink: str, moves: Sequence[HostMove], users: Sequence[Inside]) -> list[str]:
    rules = [f'    iifname != "{uplink}" accept', "    ct state established,related accept"]
    if users:
        from4 = ", ".join(str(user.ipv4.network) for user in users)
        from6 = ", ".join(str(user.ipv6.network) for user in users)
        for move in moves:
            rules += [
                f"    ip saddr {{ {from4} }} ip daddr {move.inside} tcp dport {move.port} accept",
                f"    ip6 saddr {{ {from6} }} ip6 daddr {move.ipv6.ip} tcp dport {move.port} accept",
            ]
        rules += [
            f"    ip saddr {{ {from4} }} icmp type echo-request accept",
            f"    ip6 saddr {{ {from6} }} icmpv6 type echo-request accept",
        ]
    return [
        f"table {GATE} {{",
        "  chain enter {",
        "    type filter hook forward priority filter; policy accept;",
        *rules,
        "    counter drop",
        "  }",
        "}",
    ]
