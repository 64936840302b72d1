"""Twins: an address, its area, its cost; each that a router doesn't show is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from city.load import load_city
from city.model import City, Dialect, Ipv6Exemption, TwinKind
from network.dialect import dialect
from network.dns.server import MemoryNames
from network.intent.router import intents
from network.ipv6.names import name_parity
from network.ipv6.parity import Missing, Parity, excused, parity
from network.rollout import Rollout
from network.tree import Tree

NAME = "haifeng-t01"
CITY = load_city("tiny")
WANTED = intents(CITY, Rollout(frozenset({NAME})), [NAME])


def _running(without: str = "\0") -> Tree:
    rules = dialect(WANTED[NAME].dialect)
    text = rules.printed(rules.render(WANTED[NAME]))
    return rules.parse("\n".join(line for line in text.splitlines() if without not in line))


def test_a_router_as_intended_has_every_twin() -> None:
    found = parity(WANTED, {NAME: _running()})
    assert (found.expected, found.missing, found.share) == (8, (), 1.0)


@pytest.mark.parametrize(
    ("without", "gaps", "share"),
    [
        ("ipv6 address 2001:db8:7e21:7::1/127", [Missing(NAME, "ge1", "ipv6 address 2001:db8:7e21:7::1/127")], 0.875),
        ("ipv6 ospf6 passive", [Missing(NAME, "lo", "ipv6 ospf6 passive"), Missing(NAME, "lan0", "ipv6 ospf6 passive")], 0.75),
    ],
)
def test_what_is_missing_is_named_and_counted_by_interface(without: str, gaps: list[Missing], share: float) -> None:
    found = parity(WANTED, {NAME: _running(without)})
    assert (list(found.missing), found.share) == (gaps, share)


def test_a_shared_gateway_has_its_twins_on_its_device_too() -> None:
    wanted = intents(CITY, Rollout(frozenset({"haifeng-agg1"})), ["haifeng-agg1"])
    rules = dialect(Dialect.FRR)
    text = rules.printed(rules.render(wanted["haifeng-agg1"]))
    assert parity(wanted, {"haifeng-agg1": rules.parse(text)}).missing == ()
    for line in ("vrrp 1 ipv6 fe80::1", "vrrp 1 ipv6 2001:db8:7e22::1", "ipv6 address fe80::1/64", "ipv6 nd prefix 2001:db8:7e22::/64"):
        found = parity(wanted, {"haifeng-agg1": rules.parse(text.replace(f" {line}\n", ""))})
        assert found.missing == (Missing("haifeng-agg1", "lan0", line),)


def test_a_router_that_could_not_be_read_has_no_twin() -> None:
    found = parity(WANTED, {NAME: None})
    assert {gap.lacks for gap in found.missing} == {"not read", "IPv6 rules", "IPv6 address of every server"}
    assert found.share == 0


def test_a_program_that_knows_a_server_by_its_ipv4_address_alone_is_named() -> None:
    line = "server 2001:db8:7e04:100::15 iburst"
    found = parity(WANTED, {NAME: _running(line)})
    assert found.missing == (Missing(NAME, "host chrony", line, TwinKind.TARGET),)


def test_without_a_rollout_nothing_is_expected() -> None:
    found = parity(intents(CITY, Rollout()), {})
    assert (found.expected, found.share) == (0, 1.0)


def _vendor(spoken: Dialect) -> City:
    return CITY.model_copy(update={"routers": tuple(router.model_copy(update={"dialect": spoken}) for router in CITY.routers)})


@pytest.mark.parametrize("spoken", [Dialect.VRP8, Dialect.VRP5, Dialect.COMWARE7])
def test_on_a_vendor_s_router_neighbours_filters_and_servers_count_too(spoken: Dialect) -> None:
    city = _vendor(spoken)
    wanted = intents(city, Rollout(frozenset(city.router_by_name)), ["core1", "pe1"])
    running = {name: dialect(spoken).render(intent) for name, intent in wanted.items()}
    found = parity(wanted, running)
    assert (found.missing, found.share) == ((), 1.0)
    assert found.expected > sum(len(intent.interfaces) + len(intent.plane_ports) for intent in wanted.values())


def test_a_filter_and_a_trap_target_without_their_twin_are_named() -> None:
    city = _vendor(Dialect.VRP8)
    wanted = intents(city, Rollout(frozenset(city.router_by_name)), ["core1"])
    tree = dialect(Dialect.VRP8).render(wanted["core1"])
    less = Tree(tuple(node for node in tree.nodes if node.line != "acl ipv6 number 3621"))
    found = parity(wanted, {"core1": less})
    assert {(gap.kind, gap.interface) for gap in found.missing} >= {(TwinKind.FILTER, "3621")}
    mute = replace(wanted["core1"], servers=replace(wanted["core1"].servers, traps=wanted["core1"].servers.traps[:1]))
    silent = parity({"core1": mute}, {"core1": dialect(Dialect.VRP8).render(mute)})
    assert silent.missing == (Missing("core1", "traps", "IPv6 address of every server", TwinKind.TARGET),)


def test_what_the_city_exempts_is_set_apart_until_the_day_it_ends() -> None:
    gap = Missing("", "archive", "AAAA", TwinKind.SYSTEM)
    meant = Ipv6Exemption(kind=TwinKind.SYSTEM, name="arch*", reason="IPv4 alone", until=date(2026, 12, 31))
    city = CITY.model_copy(update={"ipv6_exemptions": (meant,)})
    found = excused(city, Parity(2, (gap,)), date(2026, 12, 31))
    assert (found.missing, found.share, [one.reason for one in found.exempt]) == ((), 1.0, ["IPv4 alone"])
    over = excused(city, Parity(2, (gap,)), date(2027, 1, 1))
    assert (over.missing, over.share, over.exempt) == ((gap,), 0.5, ())


def test_the_full_citys_systems_are_exempt_by_name_so_that_a_new_one_is_a_gap() -> None:
    city, today = load_city("shanwei"), date(2026, 11, 25)
    assert not [one.name for one in city.ipv6_exemptions if one.is_pattern]
    whole = Rollout(frozenset(city.router_by_name))
    new = city.systems[0].model_copy(update={"name": "night-bus"})
    grown = city.model_copy(update={"systems": (*city.systems, new)})
    found = excused(city, name_parity(city, _names(grown), whole), today)
    assert (found.missing, found.share, len(found.exempt)) == ((), 1.0, len(city.systems))
    more = excused(grown, name_parity(grown, _names(grown), whole), today)
    assert more.missing == (Missing("", "night-bus", "AAAA", TwinKind.SYSTEM),)
    assert more.share < 1


def _names(city: City) -> MemoryNames:
    """A name server as a whole rollout leaves it: everyone has an A record, all but systems an AAAA record."""
    domain = city.address_plan.domain
    network = [*city.router_by_name, *(site.name for site in city.centres)]
    four = {(f"{name}.{domain}", "A"): ("192.0.2.1",) for name in (*network, *city.system_by_name)}
    six = {(f"{name}.{domain}", "AAAA"): ("2001:db8::1",) for name in network}
    return MemoryNames({domain}, {**four, **six})
