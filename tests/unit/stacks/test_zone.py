"""What a system gets on the cloud, object by object, as files that are reviewed like code.

Renew the expected files with CITYNODE_RENEW=1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from city.model import City
from stacks.foundation import PRIORITIES, foundation_objects
from stacks.labels import label
from stacks.manifest import Manifest
from stacks.placement import Zone, zones_at
from stacks.policies import network_policies
from stacks.zone import namespace, quota, zone_objects

CASES = Path(__file__).parents[2] / "cases" / "stacks" / "zones"


def as_yaml(manifests: tuple[Manifest, ...]) -> str:
    out = StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.width = 140
    yaml.representer.ignore_aliases = lambda _node: True
    yaml.dump_all([manifest.body for manifest in manifests], out)
    return out.getvalue()


def expect(name: str, manifests: tuple[Manifest, ...]) -> None:
    path, text = CASES / f"{name}.yaml", as_yaml(manifests)
    if os.environ.get("CITYNODE_RENEW"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def zone_of(city: City, centre: str, system: str) -> Zone:
    return next(zone for zone in zones_at(city, city.site_by_name[centre]) if zone.name == system)


def opened(city: City, centre: str, system: str) -> tuple[int, int]:
    """How many openings there are inward and outward."""
    spec = network_policies(zone_of(city, centre, system), city)[1].fields["spec"]
    return len(spec["ingress"]), len(spec["egress"])


@pytest.mark.parametrize(
    ("name", "city_name", "centre", "system"),
    [
        ("service", "tiny", "dc1", "benefits"),
        ("standby", "tiny", "dc2", "benefits"),
        ("data", "tiny", "dc3", "benefits"),
        ("isolated", "shanwei", "dc1", "emergency-command"),
    ],
)
def test_a_zone_is_exactly_this(request: pytest.FixtureRequest, name: str, city_name: str, centre: str, system: str) -> None:
    city: City = request.getfixturevalue(city_name)
    expect(name, zone_objects(zone_of(city, centre, system), city))


def test_the_foundation_is_exactly_this(tiny: City) -> None:
    expect("foundation", foundation_objects(tiny))


def test_only_the_lowest_priority_is_anybody_s_default(tiny: City) -> None:
    classes = [manifest for manifest in foundation_objects(tiny) if manifest.kind == "PriorityClass"]
    defaults = [manifest.fields["value"] for manifest in classes if manifest.fields.get("globalDefault")]
    assert defaults == [min(PRIORITIES.values())]


def test_a_data_zone_has_a_quarter_of_the_processors_and_all_of_the_storage(with_system: Callable[..., City]) -> None:
    city = with_system()
    full, restore = (quota(zone_of(city, centre, "permits")).fields["spec"]["hard"] for centre in ("dc1", "dc3"))
    assert (full["limits.cpu"], full["limits.memory"], full["requests.storage"]) == ("1500m", "3Gi", "50Gi")
    assert (restore["limits.cpu"], restore["limits.memory"], restore["requests.storage"]) == ("375m", "768Mi", "50Gi")


def test_a_zone_is_never_too_small_to_restore_into(with_system: Callable[..., City]) -> None:
    city = with_system(quota={"cpu_millis": 100, "memory_mib": 128, "storage_gib": 1, "pods": 1})
    hard = quota(zone_of(city, "dc3", "permits")).fields["spec"]["hard"]
    assert (hard["limits.cpu"], hard["limits.memory"]) == ("100m", "128Mi")


@pytest.mark.parametrize(
    ("fields", "centre", "expected"),
    [
        ({}, "dc1", (2, 2)),
        ({}, "dc3", (1, 2)),  # nobody uses a data zone from outside
        ({"plane": "isolated"}, "dc1", (1, 2)),  # nor a system of the isolated plane that no other needs
        ({"needs": ["archive", "service-portal"]}, "dc1", (2, 4)),
        ({"workload": {"database": "permits", "image": "x:1"}}, "dc1", (2, 3)),
    ],
)
def test_what_is_opened_follows_from_the_system(
    with_system: Callable[..., City], fields: dict[str, object], centre: str, expected: tuple[int, int]
) -> None:
    assert opened(with_system(**fields), centre, "permits") == expected


def test_an_isolated_system_is_open_to_those_that_need_it_by_name(with_system: Callable[..., City]) -> None:
    city = with_system(plane="isolated")
    needing = city.system_by_name["archive"].model_copy(update={"needs": ("permits",)})
    city = city.model_copy(update={"systems": tuple(needing if each.name == "archive" else each for each in city.systems)})
    openings = network_policies(zone_of(city, "dc1", "permits"), city)[1].fields["spec"]["ingress"]
    assert openings[1]["from"] == [{"namespaceSelector": {"matchLabels": {label("system"): "archive"}}}]


def test_the_namespace_says_whose_it_is_and_how_it_is_guarded(with_system: Callable[..., City]) -> None:
    labels = namespace(zone_of(with_system(mlps=3), "dc2", "permits")).labels
    wanted = {"department": "archives", "mlps": "3", "tier": "application", "plane": "common", "centre": "dc2", "role": "standby"}
    assert {name: labels[label(name)] for name in wanted} == wanted
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("city_name", ["tiny", "shanwei"])
def test_every_label_is_one_that_kubernetes_takes(request: pytest.FixtureRequest, city_name: str) -> None:
    import re

    city: City = request.getfixturevalue(city_name)
    form = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
    for centre in city.centres:
        for zone in zones_at(city, centre):
            for manifest in zone_objects(zone, city):
                assert all(form.fullmatch(value) for value in manifest.labels.values()), manifest
                assert len(manifest.name) <= 63
