"""Interfaces and the OSPF processes that run on them."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from network.dialect.vendor.names import vendor_name
from network.dialect.vendor.rates import bursts
from network.dialect.vendor.words import MARK, PROCESS, Words
from network.intent.interface import BACKUP_PRIORITY, GATEWAY_LINK_LOCAL
from network.intent.router import Intent, Interface, LsaTimers, SpfTimers
from network.tree import Node


def ospf(intent: Intent, words: Words) -> Iterator[Node]:
    """The processes: the router's id, how soon it computes, and the interfaces that only announce."""
    spf = _timed(words.spf_timer, intent.spf)
    lsa = [_timed(phrase, intent.lsa, arrival=intent.lsa.arrival) for phrase in words.lsa_timers]
    silent = [f"silent-interface {vendor_name(entry.name, words)}" for entry in intent.interfaces if entry.passive]
    first = (f"router-id {intent.router_id}", *silent, spf)
    yield Node(f"ospf {PROCESS}", tuple(Node(line) for line in (*first, *lsa, f"area {intent.area}")))
    if intent.ipv6:
        yield Node(f"ospfv3 {PROCESS}", tuple(Node(line) for line in (*first, *(lsa if words.lsa_arrival6 else lsa[:-1]))))


def _timed(phrase: str, timers: SpfTimers | LsaTimers, **more: int) -> str:
    """The phrase with these timers; some dialects count the longest in whole seconds."""
    seconds = max(1, ceil(timers.longest / 1000))
    return phrase.format(longest=timers.longest, delay=timers.delay, hold=timers.hold, longest_seconds=seconds, **more)


def label_switching(intent: Intent, words: Words) -> Iterator[Node]:
    """Labels between routers, where the city has planes."""
    if any(entry.labelled for entry in intent.interfaces):
        yield Node(f"mpls lsr-id {intent.router_id}")
        yield from (Node(line) for line in words.labels)


def port(entry: Interface, intent: Intent, words: Words) -> Node:
    """One interface; the binding to a plane comes before the addresses, which it would wipe."""
    lines = [
        f"description {MARK} {entry.description}",
        *([words.tag.format(entry.vlan)] if entry.vlan else []),
        *([f"ip binding vpn-instance {entry.plane}"] if entry.plane else []),
        f"ip address {entry.ipv4.ip} {entry.ipv4.netmask}",
        *_ipv6(entry, words),
        *_ospf(entry, intent, words),
        *(words.labels_on_port if entry.labelled else ()),
        *_gateway(entry, words),
        *_bound(entry, intent, words),
    ]
    return Node(f"interface {vendor_name(entry.name, words)}", tuple(Node(line) for line in lines))


def _ipv6(entry: Interface, words: Words) -> list[str]:
    if entry.ipv6 is None:
        return []
    return [
        *([words.enable_ipv6] if words.enable_ipv6 else []),
        f"ipv6 address {entry.ipv6}",
        *(["undo ipv6 nd ra halt"] if entry.advertises_prefix else []),
    ]


def _ospf(entry: Interface, intent: Intent, words: Words) -> list[str]:
    if entry.plane:
        return []
    lines = []
    for family, area in (("ospf", words.ospf_area), ("ospfv3", "ospfv3 {process} area {area}")):
        if family == "ospfv3" and entry.ipv6 is None:
            continue
        if entry.cost is not None:
            lines.append(f"{family} cost {entry.cost}")
        if entry.point_to_point:
            lines += [
                f"{family} network-type p2p",
                f"{family} timer hello {intent.hello_seconds}",
                f"{family} timer dead {intent.dead_seconds}",
            ]
        lines.append(area.format(process=PROCESS, area=intent.area))
    return lines


def _gateway(entry: Interface, words: Words) -> list[str]:
    """VRRP; in IPv6 the link-local address first (NE8000 command reference, `vrrp6 vrid virtual-ip`)."""
    shared = entry.gateway
    if shared is None:
        return []
    four, six = f"vrrp vrid {shared.group}", words.vrrp6.format(shared.group)
    wins = shared.priority != BACKUP_PRIORITY  # devices don't print their default
    lines = [f"{four} virtual-ip {shared.ipv4}", *([f"{four} priority {shared.priority}"] if wins else [])]
    if shared.ipv6 is not None:
        lines += [f"{six} virtual-ip {GATEWAY_LINK_LOCAL} link-local", f"{six} virtual-ip {shared.ipv6}"]
        lines += [f"{six} priority {shared.priority}"] if wins else []
    return lines


def _bound(entry: Interface, intent: Intent, words: Words) -> list[str]:
    """Filters and limits, which exist by now."""
    lines = []
    if entry.filter_in is not None:
        lines.append(words.filter4.format(entry.filter_in))
        if intent.ipv6:
            lines.append(words.filter6.format(entry.filter_in))
    if entry.rate_kbit is not None:
        sizes = bursts(entry.rate_kbit, comware=" ebs " in words.limit[0])
        lines += [phrase.format(**sizes) for phrase in words.limit]
    return lines
