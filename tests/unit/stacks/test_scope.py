"""A run limited to zones: what it is targeted at, which centres it touches, and what a rename does to it."""

from __future__ import annotations

import re

import pytest

from city.model import City
from ops.errors import UsageProblem
from stacks.declare.placement import centre_named, zones_at
from stacks.declare.zone import namespace
from stacks.engine.scope import EVERYTHING, Scope
from stacks.fleet import declared, narrowed

ROOT = "urn:pulumi:tiny.dc1::citynode-centre::"
ZONE = f"{ROOT}citynode:stacks:LandingZone"


def matches(scope: Scope, urn: str) -> bool:
    """As Pulumi reads patterns: `*` stays between colons, `**` doesn't (pkg/resource/deploy/deployment.go)."""
    for pattern in scope.targets(stack="tiny.dc1", project="citynode-centre") or ():
        parts = ["[^:]*".join(re.escape(piece) for piece in part.split("*")) for part in pattern.split("**")]
        if re.fullmatch(".*".join(parts), urn):
            return True
    return False


@pytest.mark.parametrize(
    ("urn", "hit"),
    [
        (f"{ZONE}::archive", True),
        (f"{ZONE}$kubernetes:core/v1:Namespace::archive", True),
        (f"{ZONE}$kubernetes:core/v1:ResourceQuota::archive/zone", True),
        (f"{ROOT}kubernetes:rbac.authorization.k8s.io/v1:ClusterRole::citynode-zone-viewer", True),
        (f"{ZONE}::archive-old", False),
        (f"{ZONE}$kubernetes:core/v1:ResourceQuota::archive-old/zone", False),
        (f"{ZONE}$kubernetes:core/v1:ResourceQuota::old/archive", False),
        (f"{ROOT}pulumi:providers:kubernetes::dc1", False),
    ],
)
def test_a_run_is_targeted_at_its_zones_and_the_foundation(urn: str, hit: bool) -> None:
    assert matches(Scope(("archive",)), urn) is hit
    assert Scope(("archive",)).covers(urn) is (hit or "pulumi:providers" in urn)


def test_without_zones_a_run_is_about_everything(tiny: City) -> None:
    assert EVERYTHING.targets(stack="x", project="y") is None
    assert EVERYTHING.holds("whatever")
    site = centre_named(tiny, "dc1")
    assert len(declared(tiny, site, Scope(("archive",)))) < len(declared(tiny, site))


def test_only_the_centres_that_hold_the_zone_are_touched(shanwei: City) -> None:
    own = next(system for system in shanwei.systems if str(system.tier) == "none")
    assert narrowed(shanwei, (), (own.name,)) == (("dc1",), Scope((own.name,)))
    assert narrowed(shanwei, ("dc2",), ()) == (("dc2",), EVERYTHING)


def test_a_zone_that_nobody_declared_is_refused_with_the_nearest(tiny: City) -> None:
    with pytest.raises(UsageProblem, match="there is no zone named 'archiv'") as raised:
        narrowed(tiny, (), ("archiv",))
    assert raised.value.hint == "did you mean 'archive'?"


def test_a_renamed_system_keeps_its_zone_and_answers_to_both_names(tiny: City) -> None:
    later = {"name": "records", "was": ("archive",)}
    renamed = tuple(system.model_copy(update=later) if system.name == "archive" else system for system in tiny.systems)
    city = tiny.model_copy(update={"systems": renamed})
    zone = next(zone for zone in zones_at(city, centre_named(city, "dc1")) if zone.system.name == "records")
    assert (zone.name, namespace(zone).name, namespace(zone).labels["citynode.city/system"]) == ("archive", "archive", "archive")
    assert narrowed(city, (), ("records",))[1] == narrowed(city, (), ("archive",))[1] == Scope(("archive",))
