"""The health of links, read from the kernel: carrier at both ends, and the rate against the plan's."""

from __future__ import annotations

from city.model import Link
from lab import namespace
from lab.box import Box
from lab.part import Health, State
from lab.wires.netlink import UNSHAPED_MBIT, Card, Netlink
from ops.language import _

Ends = dict[str, tuple[dict[str, Card], dict[int, float]]]
"""Node -> its interfaces by name, and the rate of each shaped one by index."""


def read_ends(box: Box) -> Ends:
    """What the kernel says of every node's interfaces; a node without a namespace has none."""
    ends: Ends = {}
    for node in box.nodes:
        if not namespace.exists(box.netns(node)):
            ends[node] = ({}, {})
            continue
        with Netlink(box.netns(node)) as socket:
            ends[node] = (socket.cards(), socket.rates())
    return ends


def link_health(box: Box) -> list[Health]:
    """One line for every link."""
    ends = read_ends(box)
    return [judge(link, ends) for link in box.links]


def judge(link: Link, ends: Ends) -> Health:
    """A link is up with carrier at both ends and the plan's rate, degraded with less, down without carrier."""
    rates = []
    for end in (link.a, link.b):
        cards, shaped = ends[end.node]
        card = cards.get(end.interface)
        if card is None or not card.has_carrier:
            text = (
                _("{node} {port} is missing")
                if card is None
                else _("{node} {port} has no carrier")
                if card.is_up
                else _("{node} {port} is off")
            )
            return Health("link", link.name, "down", text.format(node=end.node, port=end.interface))
        rates.append(shaped.get(card.index, float(UNSHAPED_MBIT)))
    rate = min(rates)
    state: State = "up" if rate >= min(link.rate_mbit, UNSHAPED_MBIT) * 0.999 else "degraded"
    text = _("{rate:g} of {planned} Mbit/s") if state == "degraded" else _("{rate:g} Mbit/s")
    return Health("link", link.name, state, text.format(rate=rate, planned=link.rate_mbit))
