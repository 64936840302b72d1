"""What a router shall be, free of any vendor's words: planes, neighbours, filters, rates, shared gateways, servers."""

from __future__ import annotations

from collections import Counter

import pytest

from city.addressing import addressing
from city.load import load_city
from city.model import City, Dialect
from network.intent.bgp import Family
from network.intent.filters import LINK_LOCAL, Action, Filter, Icmp6, Protocol, Rule
from network.intent.router import Intent, intents
from network.rollout import Rollout

SHANWEI = load_city("shanwei")
EVERYONE = Rollout(frozenset(SHANWEI.router_by_name))


def spoken_by_all(city: City, spoken: Dialect) -> City:
    return city.model_copy(update={"routers": tuple(router.model_copy(update={"dialect": spoken}) for router in city.routers)})


@pytest.fixture(scope="module")
def dual() -> dict[str, Intent]:
    return intents(spoken_by_all(SHANWEI, Dialect.VRP8), EVERYONE)


@pytest.fixture(scope="module")
def single() -> dict[str, Intent]:
    return intents(spoken_by_all(SHANWEI, Dialect.VRP8), Rollout())


def every_filter(found: dict[str, Intent]) -> list[Filter]:
    return [entry for intent in found.values() for entry in intent.filters]


def test_every_rule_of_a_filter_has_its_twin_but_for_what_one_family_alone_needs(dual: dict[str, Intent]) -> None:
    """IPv6 has RFC 4890's messages more; IPv4 the out-of-band network and a pool more for each that the city has."""
    spare = len(SHANWEI.address_plan.ipv4) - 1
    for entry in every_filter(dual):
        ours6 = [rule for rule in entry.ipv6 if rule.message is None]
        more = Counter(_meaning(rule) for rule in entry.ipv4) - Counter(_meaning(rule) for rule in ours6)
        assert not Counter(_meaning(rule) for rule in ours6) - Counter(_meaning(rule) for rule in entry.ipv4), entry.name
        assert sum(more.values()) == {"egress": spare, "logins": 1}.get(entry.name, 0), entry.name


def _meaning(rule: Rule) -> tuple[Action, Protocol, int | None]:
    return rule.action, rule.protocol, rule.port


def test_every_filter_on_a_line_lets_pass_what_ipv6_and_routing_need(dual: dict[str, Intent]) -> None:
    lines = [entry for entry in every_filter(dual) if entry.name != "logins"]
    assert len(lines) == 2 * (10 + 1)  # ten rooms and the egress, at both cores
    for entry in lines:
        assert {rule.message for rule in entry.ipv6 if rule.message} == set(Icmp6)
        assert any(rule.protocol is Protocol.OSPF and rule.source == LINK_LOCAL for rule in entry.ipv6)
        assert [rule.number for rule in entry.ipv6] == sorted({rule.number for rule in entry.ipv6})


def test_whoever_has_a_filter_number_on_a_line_has_the_filter(dual: dict[str, Intent]) -> None:
    for intent in dual.values():
        known = {entry.number for entry in intent.filters}
        assert {port.filter_in for port in intent.interfaces if port.filter_in is not None} <= known


def test_neighbours_inside_know_each_other_and_only_cores_reflect(dual: dict[str, Intent]) -> None:
    loopbacks = {str(addressing(SHANWEI).loopback(name).ipv4): name for name in SHANWEI.router_by_name}
    inside = {
        (name, loopbacks[str(peer.address)]): peer
        for name, intent in dual.items()
        if intent.bgp
        for peer in intent.bgp.neighbours
        if not peer.external and peer.address.version == 4
    }
    assert inside
    for (name, other), peer in inside.items():
        assert peer.families == inside[other, name].families, (name, other)
        assert peer.client is (dual[name].router in ("core1", "core2") and other not in ("core1", "core2"))
    speakers = {name for name, _other in inside}
    assert speakers == {"pe1", "pe2", "core1", "core2"}


def test_the_province_and_the_internet_are_neighbours_in_both_families_and_hear_only_our_pools(dual: dict[str, Intent]) -> None:
    for name, asn in (("pe1", 64600), ("pe2", 64600), ("core1", 64700), ("core2", 64700)):
        found = dual[name].bgp
        assert found is not None
        outside = [peer for peer in found.neighbours if peer.external]
        assert [(peer.asn, peer.families) for peer in outside] == [(asn, (Family.IPV4,)), (asn, (Family.IPV6,))]
        assert found.announces4 == SHANWEI.address_plan.ipv4
        assert found.announces6 == (SHANWEI.address_plan.ipv6,)


def test_without_ipv6_nothing_of_it_is_intended(single: dict[str, Intent]) -> None:
    for intent in single.values():
        assert not any(port.ipv6 for port in (*intent.interfaces, *intent.plane_ports))
        assert all(address.version == 4 for address in (*intent.servers.ntp, *intent.servers.syslog, *intent.servers.traps))
        assert intent.bgp is None or {peer.address.version for peer in intent.bgp.neighbours} == {4}


def test_a_neighbour_over_ipv6_waits_until_both_carry_it() -> None:
    found = intents(SHANWEI, Rollout(frozenset({"core1", "pe1"})), ["core1"])["core1"].bgp
    assert found is not None
    assert {peer.name for peer in found.neighbours if peer.address.version == 6 and not peer.external} == {"pe1"}


def test_a_plane_has_a_distinguisher_a_router_and_one_target_a_city(dual: dict[str, Intent]) -> None:
    planes = [plane for intent in dual.values() for plane in intent.planes]
    assert len({plane.distinguisher for plane in planes}) == len(planes) == 4
    assert {(plane.name, plane.exports, plane.imports) for plane in planes} == {
        ("internet", ("64512:101",), ("64512:101",)),
        ("isolated", ("64512:102",), ("64512:102",)),
    }


def test_rates_are_a_departments_own_or_the_planes_share_of_the_line(dual: dict[str, Intent]) -> None:
    rates = {port.description.partition(",")[0]: port.rate_kbit for port in dual["core1"].plane_ports}
    assert rates["finance-a"] == 8_000
    assert rates["archives-internet-a"] == 20_000 * 50 // 100
    lines = {port.name: port.rate_kbit for port in dual["core1"].interfaces}
    assert lines["ge25"] == 20_000
    assert lines["ge1"] is None


@pytest.mark.parametrize("place", ["haifeng", "lufeng"])
def test_two_routers_at_one_lan_are_one_gateway_whatever_they_speak(dual: dict[str, Intent], place: str) -> None:
    for found in (dual, intents(SHANWEI, EVERYONE)):
        ports = [port for name in (f"{place}-agg1", f"{place}-agg2") for port in found[name].interfaces if port.name == "lan0"]
        shared = [port.gateway for port in ports if port.gateway]
        assert len(shared) == 2
        assert shared[0].ipv4 == shared[1].ipv4
        assert shared[0].priority > shared[1].priority
        assert len({shared[0].ipv4, *(port.ipv4.ip for port in ports)}) == 3
        assert len([port for intent in found.values() for port in intent.interfaces if port.gateway]) == 14


def test_labels_run_between_routers_and_nowhere_else(dual: dict[str, Intent]) -> None:
    for intent in dual.values():
        for port in intent.interfaces:
            peer = port.description.split(" ")[1] if port.description.startswith("to ") else ""
            assert port.labelled is (peer in SHANWEI.router_by_name), port


def test_a_city_without_attachments_or_peers_needs_neither_labels_nor_bgp() -> None:
    plain = SHANWEI.model_copy(update={"extranet": SHANWEI.extranet.model_copy(update={"attachments": (), "peers": ()})})
    found = intents(plain, EVERYONE)
    assert not any(intent.bgp or intent.planes or intent.plane_ports for intent in found.values())
    assert not any(port.labelled for intent in found.values() for port in intent.interfaces)


def test_every_router_logs_to_and_asks_the_same_servers_in_both_families(dual: dict[str, Intent]) -> None:
    assert len({intent.servers for intent in dual.values()}) == 1
    found = dual["core1"].servers
    for addresses in (found.ntp, found.syslog, found.traps):
        assert Counter(address.version for address in addresses)[4] == Counter(address.version for address in addresses)[6]
