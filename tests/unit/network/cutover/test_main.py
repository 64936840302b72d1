"""A cutover that was killed and is taken back: whoever is stopped at whatever place, nobody goes on with what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from network.cutover import calls, main, steps
from network.cutover.plan import Cutover
from network.cutover.scene import KIND, PrivateDesk, Scene
from network.cutover.store import MERGED, SEPARATE, WATCHING, Cutovers
from network.cutover.window import utc_now
from network.devices.shells import FakeShells
from ops.audit import Trail
from ops.control import Control
from ops.errors import PolicyRefused
from ops.lease import Leases
from ops.plan import JsonObject
from ops.progress import Silent
from ops.record import Record, shut_down

FORWARD = ["discover", "begin_watch", "shorten", "dual", "compare", "switch", "names", "prove_it", "settle"]


class Stopped(BaseException):
    """Ends the process's part as abruptly as can be done from within."""


class Play:
    """Steps that do nothing but say that they were done, and end the process at one place."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.stop_at = ""

    def step(self, name: str, result: JsonObject | None = None) -> Callable[..., JsonObject]:
        def do(*_given: object) -> JsonObject:
            self.reach(name)
            self.done.append(name)
            return result or {}

        return do

    def reach(self, name: str) -> None:
        if name == self.stop_at:
            raise Stopped

    def stops(self, at: str, command: Callable[[], object]) -> None:
        self.stop_at = at
        with pytest.raises(Stopped):
            command()
        self.stop_at = ""
        self.done.clear()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    play = Play()
    names = ("discover", "begin_watch", "dual", "compare", "switch", "prove_it", "settle", "take_back", "back_proof")
    for name in (*names, "last_look", "retire_hosts", "retired_proof"):
        monkeypatch.setattr(steps, name, play.step(name))
    monkeypatch.setattr(calls, "shorten", play.step("shorten"))
    monkeypatch.setattr(calls, "switch", play.step("names", {"names": {}}))
    monkeypatch.setattr(calls, "settle", play.step("names-settled"))
    monkeypatch.setattr(main, "read", lambda *_given: {})
    monkeypatch.setattr(Scene, "push_steps", lambda *_given: ())
    abandon = Record.abandon

    def stopping(record: Record, attempt: Any) -> None:
        play.reach("abandon")
        abandon(record, attempt)
        play.reach("abandoned")

    monkeypatch.setattr(Record, "abandon", stopping)
    return play


@pytest.fixture
def scene(finance: Cutover, tmp_path: Path) -> Iterator[Scene]:
    control = Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope="t")
    desk = cast("PrivateDesk", SimpleNamespace(control=control))
    yield Scene(finance, desk, FakeShells(lambda *_asked: ""), Cutovers(tmp_path / "cutover"), ())
    shut_down()


def go(scene: Scene) -> JsonObject:
    return main.run(scene, utc_now(), anytime=True)


def abandoned(scene: Scene) -> list[str]:
    return [entry.action for entry in scene.control.trail.entries() if entry.outcome == "abandoned"]


@pytest.mark.parametrize("place", ["abandon", "abandoned", "take_back", "back_proof"])
def test_run_that_is_taken_back_is_never_gone_on_with(scene: Scene, play: Play, place: str) -> None:
    play.stops("switch", lambda: go(scene))
    unfinished = Record.open(scene.control).unfinished(KIND, scene.cut.subject)
    assert unfinished is not None
    play.stops(place, lambda: main.rollback(scene))
    with pytest.raises(PolicyRefused, match="a rollback of finance is not finished"):
        go(scene)
    back = main.rollback(scene)
    assert (back["of"], back["resumed"]) == (unfinished.change_id, True)
    assert scene.store.read("finance")["state"] == SEPARATE
    assert set(abandoned(scene)) == {KIND}
    play.done.clear()
    again = go(scene)
    assert (again["resumed"], again["change"] == unfinished.change_id, play.done) == (False, False, FORWARD)


def test_run_is_given_up_before_anything_is_taken_back(scene: Scene, play: Play) -> None:
    play.stops("switch", lambda: go(scene))
    play.stops("take_back", lambda: main.rollback(scene))
    assert Record.open(scene.control).unfinished(KIND, scene.cut.subject) is None
    assert abandoned(scene) == [KIND]


def test_state_is_told_within_the_rollback(scene: Scene, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback that ended says nothing of a cutover that is gone."""
    go(scene)
    begin = Cutovers.begin

    def stopping(store: Cutovers, network: str, **facts: object) -> JsonObject:
        play.reach("begin")
        return begin(store, network, **facts)

    monkeypatch.setattr(Cutovers, "begin", stopping)
    play.stops("begin", lambda: main.rollback(scene))
    assert scene.store.read("finance")["state"] == WATCHING
    assert main.rollback(scene)["resumed"]
    assert play.done == []
    assert scene.store.read("finance")["state"] == SEPARATE


def test_state_is_told_within_the_run_and_the_retirement(scene: Scene, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is killed between the last of the work and the note of it goes on with the note."""
    note = Cutovers.note

    def stopping(store: Cutovers, network: str, **facts: object) -> JsonObject:
        play.reach("note")
        noted = note(store, network, **facts)
        play.reach("noted")
        return noted

    monkeypatch.setattr(Cutovers, "note", stopping)
    play.stops("note", lambda: go(scene))
    unfinished = Record.open(scene.control).unfinished(KIND, scene.cut.subject)
    assert unfinished is not None
    play.stops("noted", lambda: go(scene))
    done = go(scene)
    assert (done["change"], done["resumed"], play.done) == (unfinished.change_id, True, [])
    known = scene.store.read("finance")
    assert (known["state"], known["change_id"]) == (WATCHING, unfinished.change_id)
    for place in ("note", "noted"):
        play.stops(place, lambda: main.retire(scene))
    done = main.retire(scene)
    assert (done["resumed"], play.done, scene.store.read("finance")["state"]) == (True, [], MERGED)


def test_retirement_that_is_taken_back_is_given_up_too(scene: Scene, play: Play) -> None:
    go(scene)
    play.stops("retire_hosts", lambda: main.retire(scene))
    play.stops("take_back", lambda: main.rollback(scene))
    with pytest.raises(PolicyRefused, match="a rollback of finance is not finished"):
        main.retire(scene)
    main.rollback(scene)
    with pytest.raises(PolicyRefused, match="no old path that could be retired"):
        main.retire(scene)
    go(scene)
    play.done.clear()
    assert main.retire(scene)["state"] == MERGED
    assert play.done == ["last_look", "retire_hosts", "retired_proof", "names-settled"]
