"""What an FRR router leaves to its kernel: filters and rates, as one nftables table. Pure.

Rules are written as `nft --stateless --numeric-protocol list` prints them (nft(8), nftables 1.0), so that what a router holds can be
compared with what it shall hold. The table is ours as a whole and is replaced as a whole, in one transaction of the kernel: no packet
meets half of it. Other tables are somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from network.dialect.vendor.rates import VRP_CBS
from network.intent.filters import LOGINS_NUMBER, SSH_PORT, Action, Filter, Icmp6, Network, Protocol, Rule
from network.intent.router import Intent
from network.patch import NOTHING, Change, Patch, in_order
from network.tree import Node, Tree

NAME: Final = "inet citynode"
TABLE: Final = f"table {NAME}"
COMMAND: Final = "nft "
"""Begins a line that the kernel takes, not vtysh; nft(8) takes what follows."""
LOGINS: Final = "logins"
FROM: Final = "from-"
"""Before the name of a filter of a line: no name of a base chain, and no word of nft's."""

ENTRY: Final = "type filter hook prerouting priority filter; policy accept;"
ARRIVAL: Final = "type filter hook input priority filter; policy accept;"
DEPARTURE: Final = "type filter hook postrouting priority filter; policy accept;"

BYTES_PER_KBIT: Final = 125
PROTOCOLS: Final = {Protocol.ICMP: ("icmp", "ipv6-icmp"), Protocol.OSPF: ("ospf", "ospf"), Protocol.TCP: ("tcp", "tcp")}
"""By family, IPv4 first."""
NUMBERS: Final = {"1": "icmp", "6": "tcp", "58": "ipv6-icmp", "89": "ospf"}
"""Protocols as the kernel counts them (IANA, Assigned Internet Protocol Numbers): their names on a router hang on its /etc/protocols."""
MESSAGES: Final = {
    1: "destination-unreachable",
    2: "packet-too-big",
    3: "time-exceeded",
    4: "parameter-problem",
    128: "echo-request",
    129: "echo-reply",
    133: "nd-router-solicit",
    134: "nd-router-advert",
    135: "nd-neighbor-solicit",
    136: "nd-neighbor-advert",
}
"""ICMPv6 messages by type, whatever their code: none of these may be dropped by one (RFC 4890, sections 4.3 and 4.4)."""
_PROTOCOL: Final = re.compile(r"\bl4proto (\d+)\b")


def table(intent: Intent) -> Iterator[Node]:
    """The table of an intent; none where it filters and limits nothing."""
    entry, departure = list(_entry(intent)), list(_limits(intent, "oifname"))
    logins = any(one.number == LOGINS_NUMBER for one in intent.filters)
    arrival = [f"tcp dport {SSH_PORT} jump {LOGINS}"] if logins else []
    base = (("entry", ENTRY, entry), ("arrival", ARRIVAL, arrival), ("departure", DEPARTURE, departure))
    chains = [_chain(name, (hook, *lines)) for name, hook, lines in base if lines]
    chains += [_chain(chain_of(one), _rules(one, ipv6=intent.ipv6)) for one in intent.filters]
    if chains:
        yield Node(TABLE, tuple(chains))


def chain_of(one: Filter) -> str:
    """What a filter's chain is called."""
    return LOGINS if one.number == LOGINS_NUMBER else f"{FROM}{one.name}"


def held(tree: Tree) -> Node | None:
    """The table in a configuration."""
    return next((node for node in tree.nodes if node.line == TABLE), None)


def split(running: str) -> tuple[str, tuple[Node, ...]]:
    """A router's text without the table, and the table that stood in it."""
    before, mark, listing = running.partition(f"{TABLE} {{")
    if not mark:
        return running, ()
    inside = [line.strip() for line in listing.splitlines()]
    chains: list[Node] = []
    for line in inside:
        if line.startswith("chain "):
            chains.append(Node(line.removesuffix(" {")))
        elif chains and line and line != "}":
            chains[-1] = Node(chains[-1].line, (*chains[-1].children, Node(_named(line))))
    return before, (Node(TABLE, tuple(chains)),)


def printed(node: Node) -> str:
    """The table as nft prints it."""
    chains = [f"\t{chain.line} {{\n" + "".join(f"\t\t{rule.line}\n" for rule in chain.children) + "\t}\n" for chain in node.children]
    return f"{node.line} {{\n" + "\n".join(chains) + "}\n"


def patch(running: Node | None, wanted: Node | None) -> Patch:
    """What differs, and the commands that replace the table."""
    if running == wanted:
        return NOTHING
    return Patch(tuple(_changes(running, wanted)), tuple(f"{COMMAND}{command}" for command in _commands(wanted)))


def _entry(intent: Intent) -> Iterator[str]:
    names = {one.number: chain_of(one) for one in intent.filters}
    yield from _limits(intent, "iifname")
    for port in intent.interfaces:
        if port.filter_in is not None:
            yield f'iifname "{port.name}" jump {names[port.filter_in]}'


def _limits(intent: Intent, side: str) -> Iterator[str]:
    """What is over the rate is dropped; a second and a half of it may come at once, as Huawei reckons.

    The kernel's bucket for bytes holds a second of the rate besides the burst (linux, net/netfilter/nft_limit.c).
    """
    for port in intent.interfaces:
        if port.rate_kbit is not None:
            rate, burst = _amount(port.rate_kbit * BYTES_PER_KBIT), _amount(port.rate_kbit * (VRP_CBS - BYTES_PER_KBIT))
            yield f'{side} "{port.name}" limit rate over {rate}/second burst {burst} drop'


def _amount(count: int) -> str:
    """Bytes as nft prints them: in the largest unit that they fill."""
    units = iter(("bytes", "kbytes", "mbytes"))
    unit = next(units)
    while count and count % 1024 == 0 and (larger := next(units, None)) is not None:
        count, unit = count // 1024, larger
    return f"{count} {unit}"


def _rules(one: Filter, *, ipv6: bool) -> Iterable[str]:
    """A filter's rules, IPv6's only where the router carries it."""
    rules = [_rule(rule, 4) for rule in one.ipv4] + [_rule(rule, 6) for rule in (one.ipv6 if ipv6 else ())]
    return dict.fromkeys(rules)


def _rule(rule: Rule, family: int) -> str:
    verdict = "accept" if rule.action is Action.PERMIT else "drop"
    if rule.message is not None:
        return f"icmpv6 type {_message(rule.message)} {verdict}"
    who = f"{'ip' if family == 4 else 'ip6'} saddr {_source(rule.source)}" if rule.source is not None else f"meta nfproto ipv{family}"
    if rule.port is not None:
        what = [f"{rule.protocol} dport {rule.port}"]
    else:
        what = [f"meta l4proto {PROTOCOLS[rule.protocol][family == 6]}"] if rule.protocol in PROTOCOLS else []
    return " ".join((who, *what, verdict))


def _message(message: Icmp6) -> str:
    kind, _code = message.value
    return MESSAGES[kind]


def _source(net: Network) -> str:
    return str(net.network_address if net.prefixlen == net.max_prefixlen else net)


def _chain(name: str, lines: Iterable[str]) -> Node:
    return Node(f"chain {name}", tuple(Node(line) for line in lines))


def _named(line: str) -> str:
    return _PROTOCOL.sub(lambda found: f"l4proto {NUMBERS.get(found[1], found[1])}", line)


def _changes(running: Node | None, wanted: Node | None) -> Iterator[Change]:
    """Chain by chain."""
    if running is None or wanted is None:
        yield Change("-" if wanted is None else "+", (), TABLE)
    old, new = _lines(running), _lines(wanted)
    for chain in dict.fromkeys((*old, *new)):
        if chain not in old or chain not in new:
            yield Change("+" if chain in new else "-", (TABLE,), chain)
        yield from in_order((TABLE, chain), old.get(chain, ()), new.get(chain, ()))


def _lines(node: Node | None) -> dict[str, tuple[str, ...]]:
    return {chain.line: tuple(rule.line for rule in chain.children) for chain in (node.children if node else ())}


def _commands(wanted: Node | None) -> Iterator[str]:
    """A table that is added stands already or is made: then it can be deleted whichever it was."""
    yield f"add {TABLE}"
    yield f"delete {TABLE}"
    if wanted is None:
        return
    yield f"add {TABLE}"
    for chain in wanted.children:
        hook = next((rule.line for rule in chain.children if rule.line.startswith("type ")), "")
        yield f"add chain {NAME} {chain.line.removeprefix('chain ')}" + (f" {{ {hook} }}" if hook else "")
    for chain in wanted.children:
        name = chain.line.removeprefix("chain ")
        yield from (f"add rule {NAME} {name} {rule.line}" for rule in chain.children if not rule.line.startswith("type "))
