"""What a system gets on the cloud, object by object, as files that are reviewed like code.

`make goldens` writes the expected files anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from city.model import City, Storage, Tier
from ops import yaml
from stacks.declare.foundation import foundation_objects
from stacks.declare.labels import label
from stacks.declare.manifest import Manifest
from stacks.declare.placement import Zone, zones_at
from stacks.declare.policies import network_policies
from stacks.declare.tiers import PRIORITIES, storage_classes
from stacks.declare.zone import namespace, quota, zone_objects
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "stacks" / "zones"


def as_yaml(manifests: tuple[Manifest, ...]) -> str:
    return "---\n".join(yaml.dump(manifest.body, width=140) for manifest in manifests)


def expect(name: str, manifests: tuple[Manifest, ...]) -> None:
    path, text = CASES / f"{name}.yaml", as_yaml(manifests)
    agrees(path, text)


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
        ({}, "dc1", (2, 3)),
        ({}, "dc3", (1, 3)),  # nobody uses a data zone from outside
        ({"plane": "isolated", "egress": "closed"}, "dc1", (1, 2)),  # nor a system of the isolated plane that no other needs
        ({"needs": ["archive", "service-portal"]}, "dc1", (2, 5)),
        ({"workload": {"database": "permits", "image": "x:1"}}, "dc1", (2, 4)),
        ({"workload": {"database": "permits", "image": "x:1"}, "egress": "closed", "needs": ["archive"]}, "dc1", (2, 4)),
    ],
)
def test_what_is_opened_follows_from_the_system(
    with_system: Callable[..., City], fields: dict[str, object], centre: str, expected: tuple[int, int]
) -> None:
    assert opened(with_system(**fields), centre, "permits") == expected


def beyond(city: City, system: str) -> list[str]:
    """What a zone reaches that nothing names: planes of zones, and networks with what is left out of them."""
    spec = network_policies(zone_of(city, "dc1", system), city)[1].fields["spec"]
    found = [peer for rule in spec["egress"] if "ports" not in rule for peer in rule["to"] if "podSelector" not in peer]
    planes = [peer["namespaceSelector"]["matchLabels"][label("plane")] for peer in found if "namespaceSelector" in peer]
    blocks = [peer["ipBlock"] for peer in found if "ipBlock" in peer]
    return planes + [f"{block['cidr']} - {len(block.get('except', ()))}" for block in blocks]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"egress": "closed"}, []),
        ({}, ["common", "10.0.0.0/10 - 0", "10.64.0.0/10 - 3", "172.16.0.0/16 - 0", "2001:db8:7e00::/40 - 3"]),
        (
            {"egress": "internet", "plane": "internet"},
            ["internet", "10.0.0.0/10 - 0", "10.64.0.0/10 - 3", "172.16.0.0/16 - 0", "2001:db8:7e00::/40 - 3", "0.0.0.0/0 - 4", "::/0 - 2"],
        ),
    ],
)
def test_each_egress_opens_a_step_more_and_never_another_plane_s_pods(
    with_system: Callable[..., City], fields: dict[str, object], expected: list[str]
) -> None:
    assert beyond(with_system(**fields), "permits") == expected


def test_a_frozen_zone_gets_no_new_pods_and_says_so(with_system: Callable[..., City]) -> None:
    zone = zone_of(with_system(frozen=True), "dc1", "permits")
    assert (quota(zone).fields["spec"]["hard"]["pods"], namespace(zone).labels[label("frozen")]) == ("0", "true")
    assert label("frozen") not in namespace(zone_of(with_system(), "dc1", "permits")).labels


def test_pods_get_no_token_unless_their_department_gives_them_an_account(with_system: Callable[..., City]) -> None:
    (account,) = [each for each in zone_objects(zone_of(with_system(), "dc1", "permits"), with_system()) if each.kind == "ServiceAccount"]
    assert (account.name, account.fields) == ("default", {"automountServiceAccountToken": False})


def test_a_city_s_own_driver_makes_the_volumes(tiny: City) -> None:
    driver = Storage(provisioner="rbd.csi.ceph.com", parameters={Tier.DATA: {"pool": "mirrored"}}, expands=True)
    found = {each.name: each.fields for each in storage_classes(tiny.model_copy(update={"storage": driver}))}
    assert found["citynode-tier-data"] == {
        "provisioner": "rbd.csi.ceph.com", "reclaimPolicy": "Retain", "volumeBindingMode": "WaitForFirstConsumer",
        "parameters": {"pool": "mirrored"}, "allowVolumeExpansion": True,
    }  # fmt: skip
    assert found["citynode-tier-none"]["reclaimPolicy"] == "Delete"
    assert "parameters" not in found["citynode-tier-none"]


def test_an_isolated_system_is_open_to_those_that_need_it_by_name(with_system: Callable[..., City]) -> None:
    city = with_system(plane="isolated")
    needing = city.system_by_name["archive"].model_copy(update={"needs": ("permits",)})
    city = city.model_copy(update={"systems": tuple(needing if each.name == "archive" else each for each in city.systems)})
    openings = network_policies(zone_of(city, "dc1", "permits"), city)[1].fields["spec"]["ingress"]
    assert openings[1]["from"] == [{"namespaceSelector": {"matchLabels": {label("system"): "archive"}}}]


def test_the_namespace_says_whose_it_is_and_how_it_is_guarded(with_system: Callable[..., City]) -> None:
    labels = namespace(zone_of(with_system(mlps=3), "dc2", "permits")).labels
    wanted = {
        "department": "archives", "mlps": "3", "tier": "application", "plane": "common", "centre": "dc2", "role": "standby",
        "egress": "city", "cost-centre": "archives", "review-after": "2027-06-30", "backup": "none",
    }  # fmt: skip
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
