"""Intent -> the lines of a VRP or Comware router, in the order in which things are defined before they are used. Pure."""

from __future__ import annotations

from network.dialect.vendor.render_filters import filters, limits
from network.dialect.vendor.render_planes import bgp, instances, pools
from network.dialect.vendor.render_ports import label_switching, ospf, port
from network.dialect.vendor.render_services import logins, servers
from network.dialect.vendor.words import Words
from network.intent.router import Intent
from network.tree import Node, Tree


def render(intent: Intent, words: Words) -> Tree:
    """Everything that we own on the router."""
    ports = [port(entry, intent, words) for entry in (*intent.interfaces, *intent.plane_ports)]
    return Tree(
        (
            *([Node(words.global_ipv6)] if intent.ipv6 and words.global_ipv6 else []),
            *filters(intent, words),
            *limits(intent, words),
            *instances(intent, words),
            *label_switching(intent, words),
            *ospf(intent, words),
            *ports,
            *pools(intent, words),
            *bgp(intent, words),
            *servers(intent, words),
            *logins(intent, words),
        )
    )
