"""Whatever interrupts the way back, wherever: the department is never opened without what users wrote at the target."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate import back
from migrate.room import RESTORED, TAKEN_OVER
from migrate.run import MOVING
from migrate.steps import release
from ops.durable import Run
from ops.errors import PolicyRefused
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
