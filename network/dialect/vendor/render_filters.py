"""Filters and rate limits: what interfaces and logins refer to, so it comes first."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from network.dialect.vendor.words import ICMP6, MARK, Words
from network.intent.filters import Filter, Icmp6, Protocol, Rule
from network.intent.router import Intent
from network.tree import Node

_PROTOCOL4 = {Protocol.ANY: "ip", Protocol.ICMP: "icmp", Protocol.OSPF: "ospf", Protocol.TCP: "tcp"}
_PROTOCOL6 = {Protocol.ANY: "ipv6", Protocol.ICMP: "icmpv6", Protocol.OSPF: "ospf", Protocol.TCP: "tcp"}


def filters(intent: Intent, words: Words) -> Iterator[Node]:
    """Every filter, IPv6 only where the router carries it."""
    for entry in intent.filters:
        yield _acl(words.acl4, entry, entry.ipv4, words)
        if intent.ipv6:
            yield _acl(words.acl6, entry, entry.ipv6, words)


def limits(intent: Intent, words: Words) -> Iterator[Node]:
    """One policy a rate, where a dialect limits by policy; interfaces of one rate share it."""
    rates = sorted({entry.rate_kbit for entry in (*intent.interfaces, *intent.plane_ports) if entry.rate_kbit})
    if not words.limit_policy or not rates:
        return
    yield Node(f"traffic classifier {MARK}-any", (Node("if-match any"),))
    for rate in rates:
        yield Node(f"traffic behavior {MARK}-{rate}", (Node(f"car cir {rate} pir {rate} green pass yellow discard red discard"),))
    for rate in rates:
        yield Node(f"traffic policy {MARK}-{rate}", (Node(f"classifier {MARK}-any behavior {MARK}-{rate}"),))


def _acl(phrase: str, entry: Filter, rules: tuple[Rule, ...], words: Words) -> Node:
    lines = [f"description {MARK} {entry.name}", *(_rule(rule, words, is_ipv6=rules is entry.ipv6) for rule in rules)]
    return Node(phrase.format(entry.number), tuple(Node(line) for line in lines))


def _rule(rule: Rule, words: Words, *, is_ipv6: bool) -> str:
    protocol = (_PROTOCOL6 if is_ipv6 else _PROTOCOL4)[rule.protocol]
    parts = [f"rule {rule.number} {rule.action} {protocol}"]
    if rule.source is not None:
        parts.append(f"source {_source(rule)}")
    if rule.port is not None:
        parts.append(f"destination-port eq {rule.port}")
    if rule.message is not None:
        parts.append(f"icmp6-type {words.echo if rule.message is Icmp6.ECHO else ICMP6[rule.message]}")
    return " ".join(parts)


def _source(rule: Rule) -> str:
    """IPv4 with a wildcard, IPv6 with a length; a single host has the wildcard 0."""
    net = rule.source
    if not isinstance(net, IPv4Network):
        return str(net)
    return f"{net.network_address} {0 if net.prefixlen == net.max_prefixlen else net.hostmask}"
