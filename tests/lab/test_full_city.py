"""The plan's whole city: what a handful of routers can't show. Its network alone, in a lab of its own; `make demo` has all of it.
It has the push of all 72, too, which took a minute and a half of the tests' time.

Seventy-two routers at once find limits that seven don't: of the kernel's tables, of open files, of what runs side by side.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import leftovers
from tests.lab.rig import Rig, health


@pytest.fixture(scope="module")
def full() -> Iterator[Rig]:
    """The city of 72 routers; nothing of it stays, whatever the tests did."""
    state = Path(tempfile.mkdtemp(prefix="cn-"))  # short, as in conftest.py
    rig, slot = Rig(state, f"full-{os.getpid()}", {"CITYNODE_LAB_OWNER": str(os.getpid())}), None
    try:
        rig.ok("lab", "up", "--city", "shanwei", "--name", rig.name, "--only", "sites", timeout=600)
        slot = rig.box().slot
        yield rig
    finally:
        ended = rig.run("lab", "down", "--name", rig.name, timeout=120)
        left = leftovers.traces(rig.name, folder=state / "labs" / rig.name, slot=slot)
        shutil.rmtree(state, ignore_errors=True)
    assert (ended.code, left) == (0, ()), ended.err


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
