"""The fences as one nftables table, written so that the kernel takes the whole of it or nothing. Pure.

Every packet between a pod and anything else is routed by its node (the CNI plugin `ptp` gives each pod a cable of its own), so one
table sees them all, those between two pods of a node too. The node's own processes reach pods unfenced, as the API demands of
a pod's local node (NetworkPolicyIngressRule); what a pod opens to its node is fenced like everything else, because a centre's
name server and databases stand there. Replies pass by their connection. An address in the pods' range that isn't known yet
is closed off: a pod that has just begun waits some moments, but is never without its fence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from lab.fences.model import Address, Direction, Network
from lab.fences.plan import Fence, Group, Passage, Ruleset, Span

TABLE: Final = "citynode_fences"
REFUSE: Final = "counter reject with icmpx admin-prohibited"
CABLES: Final = "veth*"
"""The node's ends of the pods' cables, as the CNI plugin names them."""
NEIGHBOURS: Final = "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept"
"""How hosts on a cable find each other (RFC 4861): without it there is no IPv6."""
CABLE_RULES: Final = (f'iifname "{CABLES}" {NEIGHBOURS}', f'iifname "{CABLES}" fib saddr . iif oif missing counter drop')
"""A pod speaks with its own addresses or not at all: the way back to a sender must be the cable that it came by."""
OUT_OF_BAND: Final = "mgmt"
"""The node's leg in the management network, through which it forwards nothing, whatever a policy opens."""
APART: Final = (f'iifname "{OUT_OF_BAND}" {REFUSE}', f'oifname "{OUT_OF_BAND}" {REFUSE}')
REPLIES: Final = "ct state established,related accept"
FAMILY: Final = {4: "ip", 6: "ip6"}
TYPE: Final = {4: "ipv4_addr", 6: "ipv6_addr"}
END: Final = {Direction.EGRESS: "saddr", Direction.INGRESS: "daddr"}
"""Which address of a connection's first packet is the fenced pod's; the other one is its peer's."""
PEER: Final = {Direction.EGRESS: "daddr", Direction.INGRESS: "saddr"}


def render(ruleset: Ruleset) -> str:
    """The table; it replaces the one before it in the same transaction."""
    body = "\n".join(_body(ruleset)) + "\n"
    return f'table inet {TABLE}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n\tcomment "{digest(body)}"\n{body}}}\n'


def digest(body: str) -> str:
    """What the table's content is told apart by; it stands in the kernel as the table's comment."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def digest_of(table: str) -> str:
    """The digest in a table, as written here or as listed by the kernel; empty if there is none."""
    return next((line.split('"')[1] for line in table.splitlines() if line.strip().startswith("comment ")), "")


def _body(ruleset: Ruleset) -> Iterator[str]:
    yield from _sets(ruleset)
    for fence in ruleset.fences:
        yield from _chain(_name(fence), [*map(_passage, _directed(fence)), REFUSE], _about(fence))
    yield from _chain("cables", CABLE_RULES, hook="prerouting priority mangle")
    inward = ['iifname "lo" accept', REPLIES, NEIGHBOURS, *_closed(ruleset, "saddr"), *_ways(Direction.EGRESS)]
    yield from _chain("node", inward, hook="input priority filter")
    between = [REPLIES, *APART, *_closed(ruleset, "saddr"), *_closed(ruleset, "daddr"), *_ways(Direction.EGRESS), *_ways(Direction.INGRESS)]
    yield from _chain("between", between, hook="forward priority filter")


def _sets(ruleset: Ruleset) -> Iterator[str]:
    """The known pods by family, and which fence stands around whom."""
    for family, kind in TYPE.items():
        yield from _set("set", f"pods{family}", kind, [str(pod) for pod in ruleset.pods if pod.version == family])
    for group in ruleset.groups:
        yield from _set("set", _group(group), TYPE[group.family], list(map(str, group.members)), group.about)
    for direction in Direction:
        for family, kind in TYPE.items():
            ways = [f"{pod} : jump {_name(fence)}" for pod, fence in _members(ruleset, direction) if pod.version == family]
            yield from _set("map", f"{direction}{family}", f"{kind} : verdict", ways)


def _set(kind: str, name: str, types: str, elements: list[str], about: str = "") -> Iterator[str]:
    yield f"\t{kind} {name} {{"
    if about:
        yield _remark(about)
    yield f"\t\ttype {types}"
    if elements:
        yield f"\t\telements = {{ {', '.join(elements)} }}"
    yield "\t}"


def _members(ruleset: Ruleset, direction: Direction) -> list[tuple[Address, Fence]]:
    return [(pod, fence) for fence in ruleset.fences if fence.direction is direction for pod in fence.members]


def _chain(name: str, rules: Iterable[str], about: str = "", *, hook: str = "") -> Iterator[str]:
    yield f"\tchain {name} {{"
    if about:
        yield _remark(about)
    if hook:
        yield f"\t\ttype filter hook {hook}; policy accept"
    yield from (f"\t\t{rule}" for rule in rules)
    yield "\t}"


def _remark(about: str) -> str:
    """One line of remark, whatever somebody wrote into a selector."""
    return f"\t\t# {''.join(each if each.isprintable() else '?' for each in about)}"


def _closed(ruleset: Ruleset, end: str) -> list[str]:
    """Addresses of the pods' ranges that no known pod has."""
    return [f"{FAMILY[net.version]} {end} {net} {FAMILY[net.version]} {end} != @pods{net.version} counter drop" for net in ruleset.ranges]


def _ways(direction: Direction) -> list[str]:
    """To the fence of the pod at this end of the connection, if there is one around it; from there, if it lets it through, back."""
    return [f"{FAMILY[family]} {END[direction]} vmap @{direction}{family}" for family in TYPE]


def _name(fence: Fence) -> str:
    return f"{fence.direction}-{fence.zone}.{fence.number}"


def _about(fence: Fence) -> str:
    return f"{', '.join(fence.policies)} around {', '.join(map(str, fence.members))}"


def _directed(fence: Fence) -> Iterator[tuple[Direction, Passage]]:
    return ((fence.direction, passage) for passage in fence.passages)


def _passage(directed: tuple[Direction, Passage]) -> str:
    direction, passage = directed
    words = [f"{FAMILY[passage.group.family]} {PEER[direction]} @{_group(passage.group)}"] if passage.group else []
    for networks, verb in ((passage.networks, ""), (passage.excepts, "!= ")):
        if networks:
            words.append(f"{FAMILY[networks[0].version]} {PEER[direction]} {verb}{{ {', '.join(map(_network, networks))} }}")
    if passage.ports:
        words.append(f"{passage.protocol} dport {{ {', '.join(map(_span, passage.ports))} }}")
    elif passage.protocol:
        words.append(f"meta l4proto {passage.protocol}")
    return " ".join([*words, "return"])


def _group(group: Group) -> str:
    return f"group{group.number}.{group.family}"


def _network(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _span(span: Span) -> str:
    low, high = span
    return str(low) if low == high else f"{low}-{high}"
