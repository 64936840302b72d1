from __future__ import annotations

import pytest

from city.load import load_city
from network.desk import select
from network.push.plan import Order, Wave, check_waves, waves
from ops.errors import PolicyRefused, UsageProblem
from tests.unit.network.bench import tiny


def test_the_edge_goes_first_and_the_cores_last_one_by_one() -> None:
    city = tiny()
    planned = [(wave.name, wave.devices) for wave in waves(city, city.router_by_name)]
    assert planned == [
        ("canary", ("haifeng-t01",)),
        ("county", ("haifeng-t02",)),
        ("county-b", ("haifeng-agg2",)),
        ("county-a", ("haifeng-agg1",)),
        ("province-a", ("pe1",)),
        ("core-b", ("core2",)),
        ("core-a", ("core1",)),
    ]


def test_what_the_edge_depends_on_goes_from_the_spine_outwards() -> None:
    city = tiny()
    names = [wave.name for wave in waves(city, city.router_by_name, Order.SPINE_FIRST)]
    assert names == ["core-b", "core-a", "province-a", "county-b", "county-a", "canary", "county"]


@pytest.mark.parametrize("order", list(Order))
def test_the_whole_city_is_in_waves_once_and_no_pair_is_in_one(order: Order) -> None:
    city = load_city("shanwei")
    planned = waves(city, city.router_by_name, order)
    names = [name for wave in planned for name in wave.devices]
    assert sorted(names) == sorted(city.router_by_name)
    check_waves(city, planned)
    critical = {name for wave in planned if wave.is_critical for name in wave.devices}
    assert critical >= {router.name for router in city.routers if router.role != "town"}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("core1", "core2"), "core1 and core2 would be changed at the same time: they are the core pair of tiny"),
        (("haifeng-agg1", "haifeng-t01", "haifeng-agg2"), "haifeng-agg1 and haifeng-agg2 would be changed at the same time"),
    ],
)
def test_a_pair_in_one_wave_is_refused(names: tuple[str, ...], says: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        check_waves(tiny(), [Wave("mine", names)])
    assert str(refused.value).startswith(says)
    assert refused.value.exit_code == 5


def test_both_ends_of_a_sites_dual_link_in_one_wave_are_refused() -> None:
    city = tiny()
    links = tuple(
        link.model_copy(update={"a": link.a.model_copy(update={"node": "pe1"})}) if link.name == "core2-room-archives" else link
        for link in city.links
    )
    with pytest.raises(PolicyRefused) as refused:
        check_waves(city.model_copy(update={"links": links}), [Wave("mine", ("core1", "pe1"))])
    assert str(refused.value) == (
        "core1 and pe1 would be changed at the same time: both ends of the dual link of room-archives:"
        " one must stand while the other changes"
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["core"], ["core1", "core2"]),
        (["haifeng-t01", "core1"], ["core1", "haifeng-t01"]),
        (["haifeng"], ["haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02"]),
        (["tiny"], ["pe1", "core1", "core2", "haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02"]),
    ],
)
def test_devices_are_named_by_name_role_or_place(words: list[str], names: list[str]) -> None:
    assert list(select(tiny(), words)) == names


def test_a_typo_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageProblem) as wrong:
        select(tiny(), ["haifeng-ag1"])
    assert str(wrong.value) == "there is no router, role or place named 'haifeng-ag1'"
    assert wrong.value.hint == "did you mean 'haifeng-agg1'?"
