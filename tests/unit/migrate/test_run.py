"""A run that was killed and then taken back or made final is never gone on with, wherever the way back was killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from city.model import City
from migrate import back, finish, steps
from migrate.run import BACK, FINAL, FINALIZING, RUN, WATCHING, finalize_move, plan_steps, rollback_move, run_move
from migrate.scene import Scene, Stage
from ops import approval, durable
from ops.access import Access
from ops.audit import Trail
from ops.control import Control
from ops.durable import Outcome, Work
from ops.errors import CitynodeError, Declined, PolicyRefused
from ops.lease import Leases
from ops.plan import JsonObject
from ops.progress import Silent
from ops.record import Attempt, Record

WAY_BACK = ("look", "users_again", "drain_target", "carry_back", "compare_back", "release_source", "switch_back", "watch_back", "clean")
SEEN: JsonObject = {"outage_seconds": 1.0, "lost_writes": 0, "ledger": {}, "carried": False, "address": "10.0.0.9"}


class Play:
    """Every step only says that it was taken; one of them is where the process dies."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self.stage, self.taken, self.dies_at, self.fails_at = stage, list[str](), "", ""
        for module, names in ((steps, [name for name, _text in plan_steps()]), (back, WAY_BACK), (finish, ("last_look", "retire"))):
            for name in names:
                patch.setattr(module, name, self._step(name))
        for name in ("give_up", "tidy", "stay"):
            patch.setattr(back, name, lambda _scene, _run: {})

    def _step(self, name: str) -> Callable[[object, object], JsonObject]:
        def take(_scene: object, _run: object) -> JsonObject:
            self.taken.append(name)
            if name == self.dies_at:
                self.dies_at = ""
                raise KeyboardInterrupt
            if name == self.fails_at:
                self.fails_at = ""
                raise CitynodeError("the name server does not answer")
            return SEEN

        return take

    def dies(self, step: str, act: Callable[[Stage, str], JsonObject]) -> None:
        self.dies_at = step
        with pytest.raises(Declined):
            act(self.stage, "archive")

    @property
    def state(self) -> str:
        return str(self.stage.moves.read("archive").get("state"))

    @property
    def unfinished(self) -> Attempt | None:
        return Record.open(self.stage.control).unfinished(RUN, "system:archive")


@pytest.fixture
def play(tiny: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    control = Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope="tiny")
    monkeypatch.setattr(Scene, "let_go", lambda _self: None)
    return Play(Stage(tiny, cast("Access", SimpleNamespace(hosts={"province": None})), control), monkeypatch)


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The process dies as soon as the next operation's last step is done."""

    def arm() -> None:
        whole = durable.perform

        def dying(control: Control, work: Work) -> Outcome:
            whole(control, work)
            monkeypatch.setattr(durable, "perform", whole)
            raise KeyboardInterrupt

        monkeypatch.setattr(durable, "perform", dying)

    return arm


@pytest.mark.parametrize("killed_in", WAY_BACK)
def test_a_run_lives_as_long_as_it_could_go_on_and_no_longer(play: Play, killed_in: str) -> None:
    play.dies("drain", run_move)
    play.dies(killed_in, rollback_move)
    released = "release_source" in play.taken
    assert (play.unfinished is None) is released
    with pytest.raises(PolicyRefused, match="a rollback of archive is not finished"):
        run_move(play.stage, "archive")
    assert rollback_move(play.stage, "archive")["state"] == BACK
    assert (play.state, play.unfinished) == (BACK, None)


def test_a_rollback_killed_when_it_was_done_leaves_no_run_to_go_on_with(play: Play, death: Callable[[], None]) -> None:
    play.dies("drain", run_move)
    death()
    with pytest.raises(KeyboardInterrupt):
        rollback_move(play.stage, "archive")
    assert (play.state, play.unfinished) == (BACK, None)
    assert [entry.outcome for entry in play.stage.control.trail.entries()].count("abandoned") == 1
    play.taken.clear()
    assert run_move(play.stage, "archive")["resumed"] is False
    assert play.taken == [name for name, _text in plan_steps()]


def test_a_run_killed_when_it_was_done_is_not_undone_by_the_next(play: Play, death: Callable[[], None]) -> None:
    death()
    with pytest.raises(KeyboardInterrupt):
        run_move(play.stage, "archive")
    assert play.state == WATCHING
    play.taken.clear()
    with pytest.raises(PolicyRefused, match="archive was moved already"):
        run_move(play.stage, "archive")
    assert play.taken == []


def test_a_run_that_another_command_ended_meanwhile_is_not_begun_anew(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known before the lease may be over when the lease is had."""
    asked = approval.require

    def meanwhile(*_arguments: object) -> None:
        monkeypatch.setattr(approval, "require", asked)
        run_move(play.stage, "archive")
        play.taken.clear()

    monkeypatch.setattr(approval, "require", meanwhile)
    with pytest.raises(PolicyRefused, match="archive was moved already"):
        run_move(play.stage, "archive")
    assert (play.state, play.taken) == (WATCHING, [])


def test_a_run_whose_end_was_not_written_down_is_given_up_when_it_is_made_final(play: Play) -> None:
    play.dies("watch", run_move)
    play.stage.moves.note("archive", state=WATCHING)
    assert finalize_move(play.stage, "archive")["state"] == FINAL
    assert play.unfinished is None
    assert play.taken[-2:] == ["last_look", "retire"]


def test_a_move_that_is_being_made_final_is_not_taken_back(play: Play) -> None:
    """What the way back stands on may be gone already: users' writes would stay behind."""
    run_move(play.stage, "archive")
    play.dies("retire", finalize_move)
    taken = list(play.taken)
    with pytest.raises(PolicyRefused) as refused:
        rollback_move(play.stage, "archive")
    assert refused.value.what == "the move of archive is being made final"
    assert refused.value.hint == "citynode migrate finalize archive"
    assert play.taken == taken
    assert finalize_move(play.stage, "archive")["state"] == FINAL


def test_a_finalize_that_failed_is_ended_by_the_same_command_and_by_no_other(play: Play) -> None:
    run_move(play.stage, "archive")
    play.fails_at = "retire"
    with pytest.raises(CitynodeError, match="the name server does not answer"):
        finalize_move(play.stage, "archive")
    assert play.state == FINALIZING
    taken = list(play.taken)
    with pytest.raises(PolicyRefused, match="the move of archive is being made final"):
        rollback_move(play.stage, "archive")
    with pytest.raises(PolicyRefused, match="archive was moved already"):
        run_move(play.stage, "archive")
    assert play.taken == taken
    assert finalize_move(play.stage, "archive")["state"] == FINAL
    assert play.state == FINAL


def test_a_finalize_killed_when_it_was_done_is_known_to_be(play: Play, death: Callable[[], None]) -> None:
    run_move(play.stage, "archive")
    death()
    with pytest.raises(KeyboardInterrupt):
        finalize_move(play.stage, "archive")
    assert play.state == FINAL
