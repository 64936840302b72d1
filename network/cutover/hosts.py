"""What is typed on hosts whose range is renumbered, and how everybody gets IPv6: lines for a shell that may run twice. Pure text.

Each begins with the file that the host reads when it starts (`network.cutover.lasting`).
"""

from __future__ import annotations

from network.cutover import lasting
from network.cutover.plan import HostMove

NOTHING = ":"
"""The shell's word for nothing to do."""


def dual(move: HostMove) -> str:
    """The new addresses beside the old one; the way out stays."""
    lines = [
        _card(move),
        lasting.kept(lasting.INTERFACES, lasting.dual(move)),
        f'ip -6 address replace {move.ipv6} dev "$card" nodad',
        f'ip -6 route replace default via {move.gateway6} dev "$card" onlink',
    ]
    if move.is_renumbered:
        lines.append(f'ip address replace {move.new} dev "$card"')
    return "\n".join(lines)


def switch(move: HostMove) -> str:
    """From now on it speaks by its new address; the old one still answers."""
    if not move.is_renumbered:
        return NOTHING
    return "\n".join([_card(move), lasting.kept(lasting.INTERFACES, lasting.switched(move)), lasting.way_out(move)])


def retire(move: HostMove) -> str:
    """The old address goes. Linux takes the second address of a subnet with the first; these are two subnets."""
    if not move.is_renumbered:
        return NOTHING
    gone = f'! ip -o address show dev "$card" | grep -qF " {move.old} " || ip address del {move.old} dev "$card"'
    return "\n".join([_card(move), lasting.kept(lasting.INTERFACES, lasting.retired(move)), gone])


def back(move: HostMove) -> str:
    """As it was before: the old address and the old way out alone, as ifupdown gives it."""
    lines = [
        _card(move),
        lasting.forgotten(lasting.INTERFACES),
        f'ip address replace {move.old} dev "$card"',
        f'ip route show default | grep -qF "via {move.old_gateway} " || ip route replace default via {move.old_gateway} dev "$card" onlink',
        f'! ip -6 -o address show dev "$card" | grep -qF " {move.ipv6} " || ip -6 address del {move.ipv6} dev "$card"',
        f"ip -6 route del default via {move.gateway6} 2>/dev/null || true",
    ]
    if move.is_renumbered:
        lines.append(f'! ip -o address show dev "$card" | grep -qF " {move.new} " || ip address del {move.new} dev "$card"')
    return "\n".join(lines)


def _card(move: HostMove) -> str:
    """The interface that holds the old address, or the new one where the old is gone."""
    return (
        f'card=$(ip -o -4 address show | awk \'$4 == "{move.old}" || $4 == "{move.new}" {{print $2; exit}}\'); '
        f'[ -n "$card" ] || {{ echo "no interface has {move.old.ip}" >&2; exit 1; }}'
    )
