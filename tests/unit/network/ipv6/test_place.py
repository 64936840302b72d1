"""Which routers a county needs, and what is refused with which words."""

from __future__ import annotations

import pytest

from city.load import load_city
from city.model import RouterRole
from network.ipv6.place import county, needed, towns
from ops.errors import UsageProblem


def test_a_county_needs_its_own_routers_and_the_cores() -> None:
    assert needed(load_city("tiny"), "haifeng") == ("core1", "core2", "haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02")


def test_each_county_of_the_full_city_needs_no_other_county_and_not_the_province() -> None:
    city = load_city("shanwei")
    seen: set[str] = set()
    for place in ("chengqu", "haifeng", "lufeng", "luhe", "zone1", "zone2", "zone3"):
        chosen = set(needed(city, place))
        inside = {router.name for router in city.routers if router.place in city.places_under(place)}
        assert chosen - inside == {"core1", "core2"}
        assert inside <= chosen
        seen |= chosen
    province = {router.name for router in city.routers if router.role is RouterRole.PROVINCE}
    assert seen == {router.name for router in city.routers} - province


def test_the_towns_of_a_place_are_its_town_routers() -> None:
    assert towns(load_city("tiny"), "haifeng") == ("haifeng-t01", "haifeng-t02")
    assert len(towns(load_city("shanwei"))) == 54


@pytest.mark.parametrize(
    ("name", "says", "hint"),
    [
        ("haifen", "there is no county or zone named 'haifen'", "did you mean 'haifeng'?"),
        (
            "haifeng-t01",
            (
                "'haifeng-t01' is a town; IPv6 is rolled out by county or zone: "
                "its routes go through haifeng's aggregation, which must carry IPv6 first"
            ),
            "--place haifeng",
        ),
        (
            "tiny",
            "'tiny' is the whole city; IPv6 is rolled out by county or zone",
            "leave --place out for the whole city, or one at a time: haifeng",
        ),
    ],
)
def test_what_is_no_county_is_refused(name: str, says: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        county(load_city("tiny"), name)
    assert (str(refused.value), refused.value.hint) == (says, hint)


def test_a_county_whose_cores_lead_to_no_centre_is_refused() -> None:
    city = load_city("tiny")
    cut = city.model_copy(update={"links": tuple(link for link in city.links if "dc3" not in (link.a.node, link.b.node))})
    with pytest.raises(UsageProblem, match="haifeng has no way to dc3 over the cores"):
        needed(cut, "haifeng")
