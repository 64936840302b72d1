"""Planes keep apart what the policies are for: over whole cities, whose pods the fences of a zone let through, in both families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import pytest

from city.addressing import addressing
from city.load import load_city
from city.model import City
from lab.fences import parse
from lab.fences.model import Address, Direction, Namespace, Network, Pod, View
from lab.fences.plan import Passage, plan
from stacks.declare.placement import Zone, ZoneRole, zones_at
from stacks.declare.policies import network_policies
from stacks.declare.zone import namespace

Place = tuple[str, str]
"""A centre and a zone in it."""
AFAR = {
    "tiny": (set(), set()),
    "shanwei": (
        {("dc2", name) for name in ("emergency-conference", "emergency-resources", "operations-centre", "school-admission")},
        {("dc1", name) for name in ("decision-support", "gis", "student-records", "video-sharing")},
    ),
}
"""The zones that need a system that doesn't serve in their centre, and those that are needed so."""


@dataclass
class Fenced:
    """A city with a pod in each zone: the zones, and whose pods a zone's fence lets through by direction."""

    zones: dict[Place, Zone] = field(default_factory=dict)
    through: dict[Direction, dict[Place, set[Place]]] = field(default_factory=lambda: {each: {} for each in Direction})

    def strangers(self, direction: Direction) -> Iterator[tuple[Place, Place]]:
        """A zone, and one of another plane that it lets through without a need: of its own outward, of the other's inward."""
        for place, others in self.through[direction].items():
            for other in others:
                one, two = self.zones[place].system, self.zones[other].system
                needing, needed = (one, two) if direction is Direction.EGRESS else (two, one)
                if one.plane != two.plane and needed.name not in needing.needs:
                    yield place, other

    def serving(self, system: str) -> set[str]:
        return {centre for (centre, name), zone in self.zones.items() if name == system and zone.role is not ZoneRole.DATA}


@cache
def fenced(name: str) -> Fenced:
    """The shipped city of that name, as the lab's fences enforce its policies."""
    city, made = load_city(name), Fenced()
    for centre in city.centres:
        made.zones |= {(centre.name, zone.name): zone for zone in zones_at(city, centre)}
    pods = {place: pod_in(city, place, number) for number, place in enumerate(made.zones, 10)}
    owners = {address: place for place, pod in pods.items() for address in pod.addresses}
    everyone = frozenset(owners)
    for centre in city.centres:
        here = {place: zone for place, zone in made.zones.items() if place[0] == centre.name}
        policies = tuple(parse.policy(manifest.body) for zone in here.values() for manifest in network_policies(zone, city))
        spaces = tuple(Namespace(zone.name, namespace(zone).labels) for zone in here.values())
        view = View(addressing(city).pods(centre.name), spaces, tuple(pods[place] for place in here), policies)
        for fence in plan(view).fences:
            found = {owners[address] for passage in fence.passages for address in let(passage, everyone)}
            made.through[fence.direction][centre.name, fence.zone] = found
    return made


def pod_in(city: City, place: Place, number: int) -> Pod:
    centre, zone = place
    return Pod(zone, "it", {}, tuple(network[number] for network in addressing(city).pods(centre)))


def let(passage: Passage, everyone: frozenset[Address]) -> frozenset[Address]:
    """Whom the passage lets through, on whatever port."""
    return everyone & {*passage.group.members} if passage.group else among(passage.networks, passage.excepts, everyone)


@cache
def among(networks: tuple[Network, ...], excepts: tuple[Network, ...], everyone: frozenset[Address]) -> frozenset[Address]:
    """Those that are in a network and not excepted; no network is everywhere."""
    inside = (each for each in everyone if not networks or any(each in network for network in networks))
    return frozenset(each for each in inside if not any(each in network for network in excepts))


@pytest.mark.parametrize("name", AFAR)
def test_nothing_opens_a_zone_to_one_of_another_plane_but_a_declared_need(name: str) -> None:
    city = fenced(name)
    assert set(city.through[Direction.EGRESS]) == set(city.through[Direction.INGRESS]) == set(city.zones)
    for direction, known in zip((Direction.EGRESS, Direction.INGRESS), AFAR[name], strict=True):
        found = set(city.strangers(direction))
        assert {(one, two) for one, two in found if one[0] == two[0]} == set(), "within a centre"
        assert {one for one, _two in found} <= known, "across centres"


@pytest.mark.parametrize("name", AFAR)
def test_a_pod_is_called_across_centres_only_where_a_needed_system_does_not_serve(name: str) -> None:
    city = fenced(name)
    for direction, known in zip((Direction.EGRESS, Direction.INGRESS), AFAR[name], strict=True):
        assert {one for one, others in city.through[direction].items() if any(two[0] != one[0] for two in others)} == known


@pytest.mark.parametrize("name", AFAR)
def test_every_zone_that_serves_reaches_what_it_needs(name: str) -> None:
    city = fenced(name)
    for (centre, system), zone in city.zones.items():
        if zone.role is not ZoneRole.DATA:
            for need in zone.system.needs:
                there = city.serving(need)
                for where in there & {centre} or there:
                    assert (where, need) in city.through[Direction.EGRESS][centre, system], f"{system} in {centre} to {need} in {where}"
                    assert (centre, system) in city.through[Direction.INGRESS][where, need], f"{need} in {where} from {system} in {centre}"
