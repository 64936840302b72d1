"""How far every router and system is, without asking one."""

from __future__ import annotations

from datetime import date

from city.load import load_city
from network.ipv6.readiness import Ready, devices, systems
from network.rollout import Rollout

CITY = load_city("tiny")
TODAY = date(2026, 11, 25)


def test_who_carries_it_who_could_and_who_waits_for_whom() -> None:
    found = {one.name: (one.state, one.why) for one in devices(CITY, Rollout(frozenset({"core1", "haifeng-agg1"})))}
    assert found == {
        "pe1": (Ready.READY, ""),
        "core1": (Ready.DUAL, ""),
        "core2": (Ready.READY, ""),
        "haifeng-agg1": (Ready.DUAL, ""),
        "haifeng-agg2": (Ready.READY, ""),
        "haifeng-t01": (Ready.READY, ""),
        "haifeng-t02": (Ready.READY, ""),
    }
    nobody = {one.name: (one.state, one.why) for one in devices(CITY, Rollout())}
    assert nobody["haifeng-t01"] == (Ready.WAITS, "haifeng-agg1, haifeng-agg2")


def test_a_system_waits_for_the_routers_around_its_site_and_is_exempt_where_the_city_says_so() -> None:
    waiting = {one.name: (one.state, one.why) for one in systems(CITY, Rollout(frozenset({"core1"})), TODAY)}
    assert waiting["archive"] == (Ready.WAITS, "core2")
    both = Rollout(frozenset({"core1", "core2"}))
    exempt = {one.name: one.state for one in systems(CITY, both, TODAY)}
    assert exempt == {"archive": Ready.EXEMPT, "benefits": Ready.EXEMPT, "service-portal": Ready.EXEMPT}
    bare = CITY.model_copy(update={"ipv6_exemptions": ()})
    assert {one.state for one in systems(bare, both, TODAY)} == {Ready.READY}
