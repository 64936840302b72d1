"""Names follow a cutover: short-lived before, switched, taken back, lasting again; killed and run again at every place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from network.cutover import calls, lasting, names, steps
from network.cutover.errors import ServiceSilent
from network.cutover.plan import Cutover
from network.cutover.scene import PrivateDesk, Scene
from network.cutover.store import Cutovers
from network.devices.shells import FakeShells
from network.dns.server import MemoryNames, Rrset
from ops.durable import Run
from ops.errors import Unreachable, UsageProblem
from ops.progress import Silent

ZONE = "tiny.gov.example"
BUDGET, TREASURY = f"finance-budget.{ZONE}", f"finance-treasury.{ZONE}"
OLD = {(BUDGET, "A"): ("10.17.1.10",), (TREASURY, "A"): ("10.16.1.20",)}
NEW = {
    (BUDGET, "A"): ("10.48.1.10",),
    (BUDGET, "AAAA"): ("2001:db8:7e05:100::a",),
    (TREASURY, "A"): ("10.48.2.20",),
    (TREASURY, "AAAA"): ("2001:db8:7e05:101::14",),
}


@pytest.fixture
def server() -> MemoryNames:
    return MemoryNames({ZONE}, dict(OLD), lifetimes={(BUDGET, "A"): 120, (TREASURY, "A"): 60})


@pytest.fixture
def scene(finance: Cutover, server: MemoryNames, tmp_path: Path) -> Scene:
    return Scene(finance, cast("PrivateDesk", None), FakeShells(lambda *_asked: ""), Cutovers(tmp_path), (), server)


def going(seconds: int = 0) -> Run:
    """A run in which the records' old lifetime, in seconds, has to pass."""
    return Run("chg-1", {}, {"lower": {"seconds": seconds}}, 1, Silent())


def lifetimes(server: MemoryNames) -> set[int | None]:
    return {server.lifetime(*key) for key in server.sets}


def test_names_are_shortened_switched_and_given_their_lifetime_again(scene: Scene, server: MemoryNames) -> None:
    assert calls.shorten(scene, going()) == {"seconds": 120}
    assert (server.sets, lifetimes(server)) == (OLD, {names.SHORT})
    assert calls.switch(scene, going())["names"] == {BUDGET: "10.48.1.10", TREASURY: "10.48.2.20"}
    assert (server.sets, lifetimes(server)) == (NEW, {names.SHORT})
    calls.require(scene)
    calls.settle(scene, going())
    assert server.sets == NEW
    assert (server.lifetime(BUDGET, "AAAA"), server.lifetime(TREASURY, "A")) == (120, 60)


@pytest.mark.parametrize("switched", [False, True])
def test_what_was_killed_half_way_still_knows_what_the_names_held(scene: Scene, server: MemoryNames, switched: bool) -> None:
    """The second time the server has short-lived or new records already, and they are not taken for the old ones."""
    calls.shorten(scene, going())
    calls.shorten(scene, going())
    for _time in range(2 if switched else 0):
        calls.switch(scene, going())
    for _time in range(2):
        calls.take_back(scene)
        assert (server.sets, server.lifetime(BUDGET, "A"), server.lifetime(TREASURY, "A")) == (OLD, 120, 60)


def test_switch_waits_until_nobody_remembers(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(calls, "sleep", slept.append)
    calls.shorten(scene, going())
    calls.switch(scene, going(120))
    assert 110 < slept[0] <= 120


def test_name_without_a_record_gets_one_and_loses_it_again(scene: Scene, server: MemoryNames) -> None:
    del server.sets[BUDGET, "A"]
    calls.shorten(scene, going())
    calls.switch(scene, going())
    assert server.sets == NEW
    calls.settle(scene, going())
    assert server.lifetime(BUDGET, "A") == names.USUAL
    calls.take_back(scene)
    assert server.sets == {(TREASURY, "A"): ("10.16.1.20",)}


def test_silent_server_changes_nothing_and_is_told(scene: Scene, server: MemoryNames) -> None:
    server.fault = lambda verb: Unreachable("the name server does not answer") if verb == "update" else None
    with pytest.raises(Unreachable):
        calls.shorten(scene, going())
    assert not calls.are_switched(scene)
    server.fault = lambda _verb: None
    calls.shorten(scene, going())
    assert calls.shorten(scene, going()) == {"seconds": 120}
    server.fault = lambda verb: Unreachable("the name server does not answer") if verb == "update" else None
    with pytest.raises(Unreachable):
        calls.switch(scene, going())
    assert calls.are_switched(scene), "the answer may have been lost alone: the names go back first"


@pytest.mark.parametrize("switched", [False, True])
def test_silent_server_keeps_nobody_half_way(scene: Scene, server: MemoryNames, switched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that users follow go back before anything else, or nothing does; others keep nothing from going back."""
    monkeypatch.setattr("network.cutover.steps.restore_devices", lambda *_asked: ["finance-gw"])
    calls.shorten(scene, going())
    if switched:
        calls.switch(scene, going())
    server.fault = lambda verb: Unreachable("the name server does not answer") if verb == "update" else None
    shells = FakeShells(lambda *_asked: "")
    with pytest.raises(Unreachable):
        steps.take_back(replace(scene, desk=cast("PrivateDesk", SimpleNamespace(rollout=None)), shells=shells), "chg-1")
    asked = {host for host, script in shells.asked if f"rm -f {lasting.INTERFACES}" in script or f"rm -f {lasting.RULES}" in script}
    assert asked == (set() if switched else {"finance-gw", "finance-budget", "finance-treasury"})


def test_lifetime_that_nobody_gave_is_the_usual(finance: Cutover) -> None:
    assert MemoryNames({ZONE}, dict(OLD)).lifetime(BUDGET, "A") == names.USUAL


def test_somebody_else_changed_a_name(scene: Scene, server: MemoryNames) -> None:
    calls.shorten(scene, going())
    calls.switch(scene, going())
    server.update(ZONE, [Rrset(TREASURY, "A", ("10.16.1.20",))])
    with pytest.raises(ServiceSilent, match=rf"names do not lead to their new addresses: {TREASURY} A"):
        calls.require(scene)


def test_network_that_was_cut_over_before_it_had_names_is_retired_as_it_is(scene: Scene, server: MemoryNames) -> None:
    calls.require(scene)
    calls.take_back(scene)
    assert calls.settle(scene, going()) == {}
    assert server.sets == OLD


def test_city_without_a_name_server_is_told_what_to_add(finance: Cutover, tmp_path: Path) -> None:
    scene = Scene(finance, cast("PrivateDesk", None), FakeShells(lambda *_asked: ""), Cutovers(tmp_path), ())
    with pytest.raises(UsageProblem, match="the access file names no name server"):
        calls.shorten(scene, going())


def test_what_differs_from_the_city_is_judged(finance: Cutover) -> None:
    found = (
        Rrset(BUDGET, "A", ("10.9.9.9",), 15),
        Rrset(BUDGET, "AAAA", ("2001:db8::9",), 15),
        Rrset(TREASURY, "A", ("10.16.1.20",), 86400),
        Rrset(TREASURY, "AAAA", (), 300),
    )
    assert names.judge(finance, found) == [
        (BUDGET, "its A is 10.9.9.9, the city says 10.17.1.10", True),
        (BUDGET, "its AAAA is 2001:db8::9, the city says none", True),
        (TREASURY, "it may be remembered for 86400 s, and a cutover waits for 600 s at most: shorten its TTL a day before", True),
    ]
    assert names.judge(finance, [Rrset(BUDGET, "A")]) == [(BUDGET, "it has no record; the cutover makes one", False)]
