"""The printed plan: every address with the rule behind it, and nothing twice when the next county follows."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Interface, IPv6Network

from city.load import load_city
from network.ipv6.plan import plan_ipv6
from network.ipv6.records import records, reverse_zone
from network.ipv6.rules import RULES
from network.rollout import Rollout

LENGTHS = {"loopback": 128, "link": 127, "lan": 64}


def test_the_first_county_brings_the_cores_with_it() -> None:
    plan = plan_ipv6(load_city("tiny"), "haifeng", Rollout())
    assert [wave.name for wave in plan.waves] == ["core-b", "core-a", "county-b", "county-a", "canary", "county"]
    assert plan.prefix == IPv6Network("2001:db8:7e20::/44")
    assert set(plan.fresh) == set(plan.routers)
    assert len(plan.twins) == 40


def test_the_second_county_adds_only_itself_and_its_own_names() -> None:
    city = load_city("shanwei")
    first = plan_ipv6(city, "haifeng", Rollout())
    after = Rollout().with_place("haifeng", first.routers)
    second = plan_ipv6(city, "lufeng", after)
    assert not set(second.fresh) & set(first.routers)
    assert {"core1", "core2"} == set(second.routers) - set(second.fresh)
    assert not {record.name for record in second.records} & {record.name for record in first.records}
    assert all(twin.is_new == (twin.router in second.fresh) for twin in second.twins)


def test_every_address_has_the_length_that_its_rule_asks_for_and_none_is_given_twice() -> None:
    plan = plan_ipv6(load_city("shanwei"), "lufeng", Rollout())
    assert {twin.rule for twin in plan.twins} == set(LENGTHS) <= set(RULES)
    assert all(twin.ipv6.network.prefixlen == LENGTHS[twin.rule] for twin in plan.twins)
    addresses = [twin.ipv6.ip for twin in plan.twins]
    assert len(addresses) == len(set(addresses))
    own = [twin.ipv6 for twin in plan.twins if twin.router.startswith("lufeng") and twin.rule == "lan"]
    assert own
    assert all(address.ip in plan.prefix for address in own)


def test_the_two_ends_of_a_link_share_its_pair_of_addresses() -> None:
    plan = plan_ipv6(load_city("tiny"), "haifeng", Rollout())
    ends = {(twin.router, twin.interface): twin.ipv6 for twin in plan.twins}
    assert ends["core1", "ge3"] == IPv6Interface("2001:db8:7e21:4::/127")
    assert ends["haifeng-agg1", "ge1"] == IPv6Interface("2001:db8:7e21:4::1/127")


def test_names_are_of_routers_that_carry_it_and_of_the_centres_never_of_systems() -> None:
    city = load_city("tiny")
    found = {record.name: record.address for record in records(city, ["core1"])}
    assert found == {
        "core1.tiny.gov.example": IPv6Address("2001:db8:7e00::a00:b"),
        "dc1.tiny.gov.example": IPv6Address("2001:db8:7e04:100::1"),
        "dc2.tiny.gov.example": IPv6Address("2001:db8:7e04:200::1"),
        "dc3.tiny.gov.example": IPv6Address("2001:db8:7e04:300::1"),
    }
    assert records(city, []) == ()


def test_the_reverse_zone_is_that_of_the_prefix_and_holds_every_pointer() -> None:
    city = load_city("tiny")
    assert reverse_zone(city) == "e.7.8.b.d.0.1.0.0.2.ip6.arpa"
    assert all(record.pointer.endswith(f".{reverse_zone(city)}") for record in records(city, city.router_by_name))
