"""The kernel's rules of an FRR router: said as nft prints them, read back, and replaced as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from city.model import Dialect
from network.dialect import dialect
from network.dialect.frr import nftables
from network.intent.router import Intent, intents
from network.rollout import Rollout
from network.simulate.isolation import unlike_filters
from network.simulate.read_frr import read_frr
from network.tree import Node, Tree
from tests.unit.network.bench import tiny

FRR = dialect(Dialect.FRR)
LISTED = """Current configuration:
!
hostname core1
end
table inet citynode {
	chain from-room {
		ip saddr 172.16.0.0/30 meta l4proto 89 accept
		ip saddr 172.16.0.0/30 meta l4proto 1 accept
		meta nfproto ipv4 drop
		ip6 saddr fe80::/10 meta l4proto 58 accept
	}

	chain logins {
	}
}
"""


def intent(name: str = "core1", *, ipv6: bool = True) -> Intent:
    return intents(tiny(), Rollout(frozenset({name}) if ipv6 else frozenset()), [name])[name]


def test_what_nft_lists_is_read_with_the_names_of_protocols() -> None:
    table = nftables.held(FRR.parse(LISTED))
    assert table == Node(
        nftables.TABLE,
        (
            Node(
                "chain from-room",
                (
                    Node("ip saddr 172.16.0.0/30 meta l4proto ospf accept"),
                    Node("ip saddr 172.16.0.0/30 meta l4proto icmp accept"),
                    Node("meta nfproto ipv4 drop"),
                    Node("ip6 saddr fe80::/10 meta l4proto ipv6-icmp accept"),
                ),
            ),
            Node("chain logins"),
        ),
    )
    assert [node.line for node in FRR.parse(LISTED).nodes] == ["hostname core1", nftables.TABLE]


@pytest.mark.parametrize(
    ("kbit", "rate", "burst"),
    [(20_000, "2500000 bytes", "1260000 bytes"), (8_192, "1000 kbytes", "504 kbytes"), (8_388_608, "1000 mbytes", "504 mbytes")],
)
def test_rates_are_said_in_the_unit_that_nft_prints(kbit: int, rate: str, burst: str) -> None:
    found = intent()
    ports = tuple(replace(port, rate_kbit=kbit if port.name == "ge8" else None, filter_in=None) for port in found.interfaces)
    (table,) = nftables.table(replace(found, interfaces=ports, filters=()))
    assert [rule.line for rule in table.children[0].children[1:]] == [f'iifname "ge8" limit rate over {rate}/second burst {burst} drop']


def test_a_router_without_filters_and_rates_has_no_table() -> None:
    found = replace(intent("haifeng-t01"), filters=())
    assert list(nftables.table(found)) == []


def test_ipv6_rules_come_with_ipv6() -> None:
    texts = [nftables.printed(table) for carries in (False, True) for table in nftables.table(intent(ipv6=carries))]
    assert ["ip6" in text or "icmpv6" in text for text in texts] == [False, True]


def test_the_place_of_a_rule_is_a_difference() -> None:
    rules = [Node("ip saddr 10.0.0.1 accept"), Node("meta nfproto ipv4 drop")]
    one, other = (Tree((Node(nftables.TABLE, (Node("chain logins", tuple(order)),)),)) for order in (rules, rules[::-1]))
    assert [(change.sign, change.line) for change in FRR.patch(one, other).changes] == [
        ("+", "meta nfproto ipv4 drop"),
        ("-", "meta nfproto ipv4 drop"),
    ]


def test_the_table_is_replaced_as_a_whole_before_the_first_line_of_vtysh() -> None:
    wanted = FRR.render(intent("haifeng-t01", ipv6=False))
    commands = FRR.patch(Tree(), wanted).commands
    rules = [command for command in commands if command.startswith(nftables.COMMAND)]
    assert list(commands[: len(rules)]) == rules
    assert rules[:5] == [
        "nft add table inet citynode",
        "nft delete table inet citynode",
        "nft add table inet citynode",
        "nft add chain inet citynode arrival { type filter hook input priority filter; policy accept; }",
        "nft add chain inet citynode logins",
    ]
    assert rules[5] == "nft add rule inet citynode arrival tcp dport 22 jump logins"


def test_a_table_that_nobody_wants_any_more_goes() -> None:
    held = FRR.render(intent("haifeng-t01", ipv6=False))
    less = Tree(tuple(node for node in held.nodes if node.line != nftables.TABLE))
    patch = FRR.patch(held, less)
    assert patch.commands == ("nft add table inet citynode", "nft delete table inet citynode")
    assert {change.sign for change in patch.changes} == {"-"}


def test_a_filter_that_speaks_of_one_family_alone_is_found() -> None:
    tree = FRR.render(intent())
    assert unlike_filters({"core1": read_frr("core1", tree)}) == frozenset()
    text = "\n".join(line for line in FRR.printed(tree).splitlines() if "ip6 saddr 2001:db8:7e04:1500::/64" not in line)
    found = unlike_filters({"core1": read_frr("core1", FRR.parse(text))})
    assert found == frozenset({"core1 room-archives: accept not in IPv6"})
