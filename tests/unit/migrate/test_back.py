"""Whatever interrupts the way back, wherever: the department is never opened without what users wrote at the target.

Nor is it opened for a move that this state does not know, and a move that is being made final is never taken back.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate import address, back, finish
from migrate.road import Road
from migrate.room import RESTORED, TAKEN_OVER
from migrate.run import MOVING
from migrate.scene import Scene
from migrate.steps import release
from migrate.watch import Users
from ops.durable import Run
from ops.errors import PolicyRefused, Unreachable
from ops.progress import Silent
from tests.unit.migrate.world import CHANGE, World, world

ROWS = frozenset({"w0", "w1", "w2"})


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


def interrupted(scenes: World, at: int) -> bool:
    """Whether undoing the move came so far as to be interrupted at its n-th call."""
    scenes.fuse.at, scenes.fuse.count = at, 0
    try:
        back.give_up(scenes.scene, scenes.run)
    except KeyboardInterrupt:
        return True
    finally:
        scenes.fuse.at = 0
    return False


def test_undoing_is_interrupted_at_every_call_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(1, 200):
        scenes = world(tmp_path / str(at), monkeypatch)
        was_interrupted = interrupted(scenes, at)
        back.give_up(scenes.scene, scenes.run)
        assert scenes.source.opened_with, at
        assert set(scenes.source.opened_with) == {ROWS}, f"opened without what is at the target after call {at}"
        assert not scenes.source.read_only
        assert scenes.target.read_only
        if not was_interrupted:
            assert at > 20  # there was something to interrupt
            return
    raise AssertionError("it never came to an end")


def test_a_target_that_was_never_opened_is_let_go_without_the_link(scenes: World) -> None:
    scenes.target.comment = f"{scenes.move.mark} {CHANGE}{RESTORED}"
    scenes.target.read_only = True
    scenes.lose_slot()
    scenes.target.rows = {"w0"}
    back.give_up(scenes.scene, scenes.run)
    assert scenes.source.opened_with == [frozenset({"w0"})]
    assert not scenes.source.subscriptions


def test_what_another_move_did_is_neither_opened_nor_removed(scenes: World) -> None:
    scenes.target.comment = f"{scenes.move.mark} chg-0{TAKEN_OVER}"
    for act, run in ((back.give_up, scenes.run_until("check")), (back.tidy, scenes.run_until("check")), (back.look, scenes.run)):
        with pytest.raises(PolicyRefused):
            act(scenes.scene, run)
    scenes.target.read_only = True  # the other command is just taking it back
    back.stay(scenes.scene, scenes.run)
    assert scenes.target.read_only
    assert scenes.source.opened_with == []


def test_a_department_that_another_move_drained_stays_as_it_is(scenes: World) -> None:
    scenes.target.comment, scenes.target.read_only = f"{scenes.move.mark} chg-0{RESTORED}", True
    scenes.lose_slot()
    with pytest.raises(PolicyRefused, match="may only be read, and not by this move"):
        back.give_up(scenes.scene, scenes.run_until("users"))
    assert scenes.source.opened_with == []


def test_a_target_that_takes_writes_is_not_removed_because_the_department_does_too(scenes: World) -> None:
    scenes.source.read_only = False
    for act in (back.look, back.tidy):
        with pytest.raises(PolicyRefused, match="archive runs at its target"):
            act(scenes.scene, scenes.run)


@pytest.mark.parametrize(("step", "opened"), [("delta", True), ("compare", False)])
def test_users_do_not_wait_for_a_target_that_is_dark_unless_it_may_have_taken_over(
    scenes: World, monkeypatch: pytest.MonkeyPatch, step: str, opened: bool
) -> None:
    def dark(_scene: Scene) -> None:
        raise Unreachable("no database of the city node accepts writes")

    monkeypatch.setattr(Scene, "cluster", property(dark))
    if opened:
        back.give_up(scenes.scene, scenes.run_until(step))
    else:
        with pytest.raises(Unreachable):
            back.give_up(scenes.scene, scenes.run_until(step))
    assert scenes.source.read_only is not opened


def test_making_it_final_is_interrupted_at_every_call_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's comment is the last word: whatever fails before it, `finalize` still finds the system at its target."""
    for at in range(1, 50):
        scenes = world(tmp_path / str(at), monkeypatch)
        for what, name in ((Users, "remove"), (Road, "close"), (Road, "forget"), (address, "read")):
            monkeypatch.setattr(what, name, lambda *_arguments, fuse=scenes.fuse: fuse.burn())
        look = {"lost_writes": 0, "ledger": {"ok": 3}}
        scenes.scene.stage.moves.note("archive", last_look=look)
        scenes.fuse.at, scenes.fuse.count = at, 0
        try:
            finish.retire(scenes.scene, scenes.run)
        except KeyboardInterrupt:
            assert not back.is_final(scenes.scene)
            assert finish.last_look(scenes.scene, scenes.run) == look
            continue
        scenes.fuse.at = 0
        assert scenes.target.comment == f"moved from {scenes.move.source}: {CHANGE}"
        assert finish.last_look(scenes.scene, scenes.run) == look
        with pytest.raises(PolicyRefused, match="is being made final"):
            back.look(scenes.scene, scenes.run)
        assert at > 10  # there was something to interrupt
        return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("drained_before", [False, True])
def test_writes_whose_slot_a_failover_lost_are_not_thrown_away(scenes: World, drained_before: bool) -> None:
    scenes.lose_slot()
    scenes.target.read_only = drained_before
    with pytest.raises(PolicyRefused) as refused:
        back.give_up(scenes.scene, scenes.run)
    assert refused.value.what == "the way back of archive is broken"
    assert scenes.source.opened_with == []
    with pytest.raises(PolicyRefused):
        back.look(scenes.scene, scenes.run)
    with pytest.raises(PolicyRefused):
        back.drain_target(scenes.scene, scenes.run)


def test_a_target_is_marked_before_it_takes_its_first_write(scenes: World) -> None:
    scenes.target.comment, scenes.target.read_only = f"{scenes.move.mark} {CHANGE}{RESTORED}", True
    scenes.lose_slot()
    for at in range(1, 50):
        scenes.fuse.at, scenes.fuse.count = at, 0
        try:
            release(scenes.scene, scenes.run)
        except KeyboardInterrupt:
            assert scenes.target.read_only or scenes.move.back in scenes.target.slots
            assert scenes.target.read_only or back.stands(scenes.scene, TAKEN_OVER)
            continue
        assert not scenes.target.read_only
        return


def test_users_go_on_at_the_target_when_draining_it_failed(scenes: World) -> None:
    scenes.fuse.at = scenes.fuse.count + 10
    with pytest.raises(KeyboardInterrupt):
        back.drain_target(scenes.scene, scenes.run)
    scenes.fuse.at = 0
    assert scenes.target.read_only
    back.stay(scenes.scene, Run(CHANGE, {}, {}, 1, Silent()))
    assert not scenes.target.read_only
    assert scenes.source.opened_with == []
    assert scenes.scene.stage.moves.read("archive")["state"] == MOVING
