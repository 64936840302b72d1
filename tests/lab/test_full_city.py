"""The plan's whole city: what a handful of routers can't show. Its network alone, in a lab of its own; `make demo` has all of it.

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


def test_a_push_of_all_goes_in_waves_that_spare_the_cores_and_a_second_finds_nothing(full: Rig) -> None:
    done = full.ok("net", "push", "--yes")
    assert (done["changed"], done["failed"]) == (72, [])
    assert done["waves"][-4:] == ["province-b", "province-a", "core-b", "core-a"]
    assert full.ok("net", "push", "--yes")["changed"] == 0
    found = full.ok("net", "verify", "--wait", "40")
    assert found["ok"]
    seen = found["addresses"]["ipv4"]
    assert seen["reached"] == seen["measured"] > 72, "every loopback, and what else answers at the sites"
