"""Two sites, three centres: which zone is where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from city.model import City, Tier
from ops.errors import UsageProblem
from stacks.declare.placement import centre_named, zones_at
from stacks.fleet import declared


@pytest.mark.parametrize(
    ("tier", "roles"),
    [
        ("none", {"dc1": "service"}),
        ("data", {"dc1": "service", "dc3": "data"}),
        ("application", {"dc1": "service", "dc2": "standby", "dc3": "data"}),
    ],
)
def test_the_tier_says_where(with_system: Callable[..., City], tier: str, roles: dict[str, str]) -> None:
    city = with_system(tier=tier)
    found = {centre.name: str(zone.role) for centre in city.centres for zone in zones_at(city, centre) if zone.name == "permits"}
    assert found == roles


def test_every_system_of_the_catalogue_has_a_zone_in_production(shanwei: City) -> None:
    production, same_city, remote = (zones_at(shanwei, centre) for centre in shanwei.centres)
    assert {zone.name for zone in production} == {system.name for system in shanwei.systems}
    assert {zone.system.tier for zone in same_city} == {Tier.APPLICATION}
    assert {zone.system.tier for zone in remote} == {Tier.APPLICATION, Tier.DATA}
    assert (len(production), len(same_city), len(remote)) == (113, 36, 81)
    assert [len(declared(shanwei, centre)) for centre in shanwei.centres] == [936, 320, 680]


def test_no_two_objects_of_a_centre_are_the_same(shanwei: City) -> None:
    for centre in shanwei.centres:
        names = [(each.kind, each.namespace, each.name) for each in declared(shanwei, centre)]
        assert len(names) == len(set(names))


def test_a_name_that_kubernetes_keeps_is_refused(with_system: Callable[..., City]) -> None:
    city = with_system(name="kube-system")
    with pytest.raises(UsageProblem, match="a system can't be named kube-system"):
        zones_at(city, city.centres[0])


def test_a_centre_without_a_role_is_refused(tiny: City) -> None:
    with pytest.raises(UsageProblem, match="dc1 has no role among the centres"):
        zones_at(tiny, tiny.site_by_name["dc1"].model_copy(update={"role": None}))


def test_a_wrong_centre_gets_the_nearest(tiny: City) -> None:
    with pytest.raises(UsageProblem, match="no centre named 'dc4'") as refused:
        centre_named(tiny, "dc4")
    assert "dc" in refused.value.hint
