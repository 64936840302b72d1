"""The plan's whole city: what a handful of routers can't show. Its network alone, in a lab of its own; `make demo` has all of it.
It has the push of all 72, too, which took a minute and a half of the tests' time.

Seventy-two routers at once find limits that seven don't: of the kernel's tables, of open files, of what runs side by side.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.rig import Rig, health, own_rig, take_down


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The city of 72 routers; nothing of it stays, whatever the tests did."""
    rig = own_rig(tmp_path_factory.mktemp("full"), "full")
    try:
        rig.ok("lab", "up", "--city", "shanwei", "--name", rig.name, "--only", "sites", timeout=600)
        yield rig
    finally:
        take_down(rig)


def test_every_router_and_line_is_up_and_every_router_answers_a_poll(full: Rig) -> None:
    up = [kind for (kind, _name), item in health(full).items() if item["state"] == "up"]
    assert (up.count("router"), up.count("link")) == (72, len(full.box().links))
    polled = full.ok("mon", "poll", "--once")
    assert (polled["devices"], polled["failed"]) == (72, 0)


def test_a_county_and_the_cores_are_pushed_among_seventy_two_and_all_of_the_city_still_answers(full: Rig) -> None:
    some = ("--devices", "luhe,core")
    done = full.ok("net", "push", *some, "--yes")
    assert (done["changed"], done["failed"]) == (12, [])
    assert done["waves"] == ["canary", "county", "county-b", "county-a", "core-b", "core-a"]
    assert full.ok("net", "push", *some, "--yes")["changed"] == 0
    seen = full.run("net", "verify", "-o", "json")
    assert seen.code == 7, "sixty routers are still as the city was built"
    reached, lines = seen.data["addresses"]["ipv4"], seen.data["lines"]["ipv4"]
    assert reached["reached"] == reached["measured"] > 72, "every loopback, and what else answers at the sites"
    assert lines["full"] == lines["wanted"] > 2 * 72, "every line has its neighbour at both ends"
    assert len(seen.data["differing"]) == 60
