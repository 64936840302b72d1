"""What the lab builds for private networks: pure, from the city."""

from __future__ import annotations

from city.model import City
from lab.box import SITE_NUMBERS
from lab.private.config import edge_config, gateway_config
from lab.private.layout import Layout
from tests.goldens import agrees
from tests.unit.network.cutover.conftest import CASES


def test_tiny_has_a_plane_two_networks_and_two_enclaves(tiny: City) -> None:
    layout = Layout(tiny)
    assert list(layout.management) == [
        "core2-isolated",
        "finance-gw",
        "human-resources-gw",
        "dc1-isolated",
        "dc2-isolated",
        "finance-budget",
        "finance-treasury",
        "human-resources-insurance",
        "human-resources-counter",
    ]
    assert [(line.name, line.a.node, line.a.interface, line.b.node, line.rate_mbit) for line in layout.lines] == [
        ("dc1-isolated", "core2-isolated", "zone1", "dc1-isolated", 10_000),
        ("dc2-isolated", "core2-isolated", "zone2", "dc2-isolated", 10_000),
        ("finance-a", "core2-isolated", "ge10", "finance-gw", 8),
        ("finance-budget", "finance-gw", "lan0", "finance-budget", 10_000),
        ("finance-treasury", "finance-gw", "lan1", "finance-treasury", 10_000),
        ("human-resources-b", "core2-isolated", "ge9", "human-resources-gw", 4),
        ("human-resources-insurance", "human-resources-gw", "lan0", "human-resources-insurance", 10_000),
        ("human-resources-counter", "human-resources-gw", "lan1", "human-resources-counter", 10_000),
    ]


def test_routers_begin_apart_and_the_plane_is_ready(tiny: City) -> None:
    """The private router's line is laid and not configured; the plane's side of it waits in both families."""
    (edge,) = Layout(tiny).edges
    agrees(CASES / "good" / "lab-core2-isolated.conf", edge_config(tiny, edge) + "\n")
    agrees(CASES / "good" / "lab-finance-gw.conf", gateway_config(tiny, "finance-gw") + "\n")
    assert "ge1" not in gateway_config(tiny, "finance-gw")


def test_hosts_have_old_addresses_and_no_ipv6_until_they_are_taken_in(tiny: City) -> None:
    members = {member.name: member for member in Layout(tiny).members}
    assert str(members["finance-treasury"].ipv4) == "10.16.1.20/24"
    assert [name for name, member in members.items() if member.ipv6 is None] == [
        "finance-budget",
        "finance-treasury",
        "human-resources-insurance",
        "human-resources-counter",
    ]


def test_nobody_shares_a_place_in_the_management_network(shanwei: City) -> None:
    """Neither with routers of the extranet, nor with the numbers that the lab gives to sites."""
    numbers = [*Layout(shanwei).management.values(), *(router.management for router in shanwei.routers)]
    assert len(numbers) == len(set(numbers)) == 72 + 10
    assert max(numbers) < SITE_NUMBERS


def test_two_networks_of_the_same_addresses_share_a_plane(shanwei: City) -> None:
    layout = Layout(shanwei)
    ends = {line.name: line.a for line in layout.lines}
    assert [edge.name for edge in layout.edges] == ["core1-isolated"]
    assert (ends["finance-a"].interface, ends["human-resources-a"].interface) == ("ge25", "ge26")
    old = [str(member.ipv4) for member in layout.members if member.port]
    assert old.count("10.17.1.10/24") == 2
