"""The city's picture: everything on it once, states by sign as well as by colour, in both languages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from city.load import find_city
from city.model import City
from lab.box import Box
from lab.drawing.city_map import rising
from lab.drawing.picture import picture, places
from lab.drawing.scene import Scene, areas, count, states
from lab.drawing.text import map_lines, pad
from lab.part import Health
from lab.spec import load_spec

SVG = "{http://www.w3.org/2000/svg}"


def scene_of(city: City) -> Scene:
    spec = load_spec(find_city(city.name), city)
    links = spec.links(city)
    nodes = dict.fromkeys([*city.router_by_name, *spec.sites], "up")
    return Scene("unit", city, spec.sites, links, nodes, {link.name: "up" for link in links})  # type: ignore[arg-type]


@pytest.fixture
def broken(tiny: City) -> Scene:
    """The tiny city with a stopped router, a slow link and a room that isn't brought up."""
    scene = scene_of(tiny)
    nodes = {**scene.nodes, "core1": "down", "room-archives": "waiting"}
    lines = {**scene.lines, "core1-core2": "down", "haifeng-agg1-t01": "degraded"}
    details = {"core1": "stopped by lab break", "core1-core2": "core1 ge2 is off", "haifeng-agg1-t01": "5 of 100 Mbit/s"}
    return replace(scene, nodes=nodes, lines=lines, details=details, broken=("router core1 stopped",))


def test_the_map_in_lines(broken: Scene, golden: Callable[[str, str], None]) -> None:
    golden("map.txt", "\n".join(map_lines(broken)) + "\n")


@pytest.mark.parametrize("name", ["tiny", "shanwei"])
def test_every_node_has_a_place_of_its_own_within_the_picture(name: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(name)
    scene = scene_of(city)
    spots = places(scene)
    assert set(spots) == {*city.router_by_name, *scene.sites}
    assert len(set(spots.values())) == len(spots)
    assert all(0 < x < 1480 and 0 < y < 710 for x, y in spots.values())


def test_the_picture_shows_every_link_and_crosses_what_is_down(broken: Scene) -> None:
    root = ET.fromstring(picture(broken))  # noqa: S314 - our own text
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert len(titles) == len(set(titles)) == len(broken.links) + len(broken.nodes)
    assert "core1-core2: core1 ge2 is off" in titles
    assert "haifeng-agg1-t01: 5 of 100 Mbit/s" in titles
    assert len(list(root.iter(f"{SVG}path"))) == 3  # the router, the link, the legend
    assert len([line for line in root.iter(f"{SVG}line") if line.get("stroke-dasharray")]) == 2


def test_both_languages_and_marks_that_need_escaping(broken: Scene) -> None:
    told = picture(replace(broken, lang="zh", broken=('link "a" <b> & c',)))
    assert "小城  Tiny city" in told
    assert "海丰县" in told
    assert "link &quot;a&quot; &lt;b&gt; &amp; c" in told
    ET.fromstring(told)  # noqa: S314 - our own text


def test_long_troubles_are_cut_with_a_way_to_see_them_all(broken: Scene) -> None:
    lines = map_lines(replace(broken, lines=dict.fromkeys(broken.lines, "down")))
    assert lines[-1] == "and 13 more: citynode lab status"


def test_chinese_takes_two_cells() -> None:
    assert [pad("城区", 6), pad("city", 6)] == ["城区  ", "city  "]


def test_towns_stand_under_their_county(shanwei: City) -> None:
    found = areas(shanwei)
    assert [(area.name, len(area.aggregation), len(area.towns)) for area in found][:2] == [("chengqu", 2, 7), ("haifeng", 2, 12)]
    assert sum(len(area.towns) for area in found) == 54


def test_health_becomes_marks() -> None:
    found = states([Health("router", "a", "up", "1"), Health("link", "a-b", "down", "2"), Health("cluster", "dc1", "up")])
    assert found == ({"a": "up"}, {"a-b": "down"}, {"a": "1", "a-b": "2"})
    assert count(["up", "degraded", "down", "starting", "waiting"]) == "2/5"


def test_a_lab_of_which_nothing_runs_is_drawn_as_waiting(box: Box) -> None:
    scene = rising(box, lang="en")
    assert set(scene.nodes.values()) == set(scene.lines.values()) == {"waiting"}
    assert map_lines(scene)[0] == "Tiny city, lab unit: 0/7 routers, 0/23 links"
