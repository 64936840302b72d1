"""A whole push as durable work: budget, approval, taking up what died, and the way back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from network import verify as verifying
from network.devices.fake import Faults
from network.errors import ChangeFailed
from network.push import change, wave
from network.push.change import Report
from network.push.main import push
from network.push.rollback import plan_rollback, roll_back
from network.push.trial import Trials
from network.rollout import Rollout, save_rollout
from network.verify import verify
from ops.approval import accept
from ops.errors import ChangesPending, CitynodeError, PolicyRefused, Unreachable, UsageProblem
from ops.record import Record
from tests.unit.network.bench import Bench, states

T1, T2, CORE1, CORE2 = "haifeng-t01", "haifeng-t02", "core1", "core2"


def test_push_verify_push_again_and_roll_back(bench: Bench) -> None:
    before = bench.sections()
    with pytest.raises(ChangesPending, match="7 devices differ"):
        verify(bench.desk, list(bench.city.router_by_name)).raise_on_error()
    report = push(bench.desk, bench.plan())
    assert report.as_data() | {"change": "", "seconds": 0} == {
        "change": "", "devices": 7, "changed": 7, "seconds": 0, "failed": [], "resumed": False,
        "waves": ["canary", "county", "county-b", "county-a", "province-a", "core-b", "core-a"],
    }  # fmt: skip
    found = verify(bench.desk, list(bench.city.router_by_name))
    assert found.is_ok
    assert found.as_data()["addresses"] == {"ipv4": {"measured": 10, "reached": 10}, "ipv6": {"measured": 0, "reached": 0}}
    again = push(bench.desk, bench.plan())
    assert (again.change_id, len(again.changed)) == ("", 0)
    back = roll_back(bench.desk, plan_rollback(bench.desk))
    assert (len(back.changed), back.extra["of"]) == (7, report.change_id)
    assert bench.sections() == before


def test_an_address_that_is_silent_is_found(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    bench.dark.add(T1)
    found = verify(bench.desk, list(bench.city.router_by_name))
    with pytest.raises(ChangeFailed) as failed:
        found.raise_on_error()
    assert str(failed.value) == "2 addresses don't answer: haifeng-t01 lo 10.0.2.11, haifeng-t01 lan0 10.34.1.1: measured by core1"


def test_a_line_that_nobody_misses_yet_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address answers by another way: the cut shows at its ends alone."""
    monkeypatch.setattr(verifying, "MEET_SECONDS", 0.0)
    push(bench.desk, bench.plan())
    bench.box(CORE1).faults = Faults(dead_line="ge1")
    found = verify(bench.desk, list(bench.city.router_by_name))
    assert found.as_data()["lines"] == {"ipv4": {"wanted": 20, "full": 19}, "ipv6": {"wanted": 0, "full": 0}}
    with pytest.raises(ChangeFailed) as failed:
        found.raise_on_error()
    assert failed.value.what == "1 lines have no neighbour at their end: core1 ge1 - pe1"


def test_a_session_that_is_down_is_named_and_a_push_does_not_help(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    bench.box(CORE1).faults = Faults(deaf_to="172.16.1.30")
    found = verify(bench.desk, list(bench.city.router_by_name))
    assert found.as_data()["sessions"] == {"ipv4": {"wanted": 9, "up": 8}, "ipv6": {"wanted": 0, "up": 0}}
    with pytest.raises(ChangeFailed) as failed:
        found.raise_on_error()
    assert failed.value.what == "1 BGP sessions are not up: core1 - internet 172.16.1.30 (Active)"
    assert not push(bench.desk, bench.plan()).changed


def test_a_failure_at_the_canary_stops_everything(bench: Bench) -> None:
    bench.box(T1).faults = Faults(refuses="log-adjacency")
    with pytest.raises(ChangeFailed) as failed:
        push(bench.desk, bench.plan())
    assert failed.value.what == "the change stopped in wave canary: haifeng-t01 (rolled-back)"
    report = failed.value.facts["report"]
    assert isinstance(report, Report)
    assert [(entry["device"], entry["state"]) for entry in report.as_data()["failed"]] == [(T1, "rolled-back")]
    assert not [name for name, box in bench.fleet.boxes.items() if box.typed and name != T1]


def test_towns_may_fail_within_the_budget_and_are_named(bench: Bench) -> None:
    bench.box(T2).faults = Faults(unreachable=True)
    report = push(bench.desk, bench.plan())
    assert (len(report.changed), [entry["device"] for entry in report.failed]) == (6, [T2])
    with pytest.raises(Unreachable, match="1 devices failed: haifeng-t02"):
        report.raise_on_error()


def test_beyond_the_budget_nothing_more_is_begun(bench: Bench) -> None:
    bench.box(T2).faults = Faults(unreachable=True)
    desk = replace(bench.desk, care=replace(bench.care, budget=0))
    with pytest.raises(Unreachable) as stopped:
        push(desk, bench.plan())
    assert stopped.value.what == "the change stopped in wave county: haifeng-t02 (failed)"
    assert not bench.box(CORE1).typed


def test_no_core_is_touched_while_the_other_does_not_stand(bench: Bench) -> None:
    bench.box(CORE2).faults = Faults(unreachable=True)
    with pytest.raises(Unreachable, match="wave core-b: core2"):
        push(bench.desk, bench.plan("core"))
    assert not bench.box(CORE1).typed


class Died(BaseException):
    """Ends the process's part as abruptly as can be done from within."""


def test_a_push_that_died_goes_on_and_the_same_lines_are_not_typed_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(name: str, moment: str) -> None:
        if (name, moment) == ("device-haifeng-agg1", "middle"):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        push(bench.desk, bench.plan())
    (unfinished,) = Record.open(bench.desk.control).runs(unfinished=True)
    monkeypatch.undo()
    with pytest.raises(PolicyRefused, match="begun with another plan"):
        push(bench.desk, bench.plan("core"))
    typed = list(bench.box(T1).typed)
    report = push(bench.desk, bench.plan())
    assert (report.change_id, report.resumed, len(report.changed)) == (unfinished.change_id, True, 7)
    assert bench.box(T1).typed == typed
    assert bench.box("haifeng-agg1").typed.count("log-adjacency-changes") == 1
    assert bench.plan().is_clean


def test_a_push_that_died_can_be_taken_back_instead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench.sections()

    def die(name: str, moment: str) -> None:
        if (name, moment) == ("device-haifeng-agg1", "after"):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        push(bench.desk, bench.plan())
    monkeypatch.undo()
    report = roll_back(bench.desk, plan_rollback(bench.desk))
    assert set(report.changed) == {T1, T2, "haifeng-agg2", "haifeng-agg1"}
    assert bench.sections() == before
    assert Record.open(bench.desk.control).runs(unfinished=True) == ()


def test_a_router_that_was_left_stuck_is_brought_back_once_it_answers(bench: Bench) -> None:
    before = bench.sections()
    bench.box(T2).faults = Faults(lost_after=4, unguarded=True)
    report = push(bench.consenting, bench.plan())
    assert states(bench, report.change_id)[T2] == "stuck"
    assert bench.sections()[T2] != before[T2]
    bench.box(T2).faults = Faults()
    back = roll_back(bench.desk, plan_rollback(bench.desk, report.change_id, [T2]))
    assert back.changed == (T2,)
    assert bench.sections()[T2] == before[T2]


def test_a_stuck_routers_trial_is_taken_back_before_it_is_read_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is half of a change: nobody goes back to that."""
    before = bench.sections()
    bench.box(T1).faults = Faults(lost_after=4)
    monkeypatch.setattr(Trials, "patience", lambda _trials, _name: 0.0)
    with pytest.raises(Unreachable) as stuck:
        push(bench.desk, bench.plan(T1))
    assert stuck.value.facts["stuck"] == [T1]
    assert bench.box(T1).trial is not None
    bench.box(T1).faults = Faults(saves_half=True)
    with pytest.raises(ChangeFailed, match=f"{T1} .rolled-back"):
        roll_back(bench.desk, plan_rollback(bench.desk))
    assert bench.sections() == before


def test_a_change_is_not_taken_back_over_a_later_one(bench: Bench) -> None:
    first = push(bench.desk, bench.plan("core"))
    bench.fleet.connect(CORE1).apply(["interface ge1", "description by hand", "exit"])
    second = push(bench.desk, bench.plan("core"))
    with pytest.raises(PolicyRefused) as refused:
        plan_rollback(bench.desk, first.change_id)
    assert refused.value.what == f"core1 changed again after {first.change_id}"
    assert refused.value.hint == f"citynode net rollback --change {second.change_id}"


@pytest.mark.parametrize(
    ("change_id", "names", "says"),
    [("", (), "no change of the network is on record"), ("chg-20200101", (), "there is no change named 'chg-20200101'")],
)
def test_a_change_that_never_was_cannot_be_taken_back(bench: Bench, change_id: str, names: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageProblem) as wrong:
        plan_rollback(bench.desk, change_id, names)
    assert str(wrong.value) == says


def test_routers_that_a_change_never_touched_are_not_taken_back(bench: Bench) -> None:
    report = push(bench.desk, bench.plan(T1))
    with pytest.raises(UsageProblem) as wrong:
        plan_rollback(bench.desk, report.change_id, [CORE1])
    assert str(wrong.value) == f"{report.change_id} changed none of these routers"
    assert wrong.value.hint == "it changed haifeng-t01"


def test_production_waits_for_somebody_elses_approval_of_these_very_lines(tmp_path: Path) -> None:
    bench = Bench(tmp_path, production=True)
    plan = bench.plan(T1)
    with pytest.raises(PolicyRefused) as refused:
        push(bench.desk, plan)
    assert refused.value.hint == f"citynode approve accept {plan.change.plan_hash[:12]} --author <name>"
    assert not bench.box(T1).typed
    accept(bench.desk.control.trail, plan.change.plan_hash[:12], "wang")
    bench.fleet.connect(T1).apply(["interface ge1", "description by hand", "exit"])  # other lines than those approved
    with pytest.raises(PolicyRefused, match="approval"):
        push(bench.desk, bench.plan(T1))
    bench.fleet.connect(T1).apply(["interface ge1", "description haifeng-agg1-t01", "exit"])
    assert push(bench.desk, bench.plan(T1)).changed == (T1,)
    bench.fleet.connect(T1).apply(["interface ge1", "description haifeng-agg1-t01", "exit"])
    with pytest.raises(PolicyRefused, match="approval"):  # an approval is for once
        push(bench.desk, bench.plan(T1))


def test_an_approved_push_that_died_goes_on_under_its_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, production=True)
    plan = bench.plan("core")
    with pytest.raises(PolicyRefused):
        push(bench.desk, plan)
    accept(bench.desk.control.trail, plan.change.plan_hash[:12], "wang")

    def die(name: str, moment: str) -> None:
        if (name, moment) == ("device-core1", "middle"):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        push(bench.desk, bench.plan("core"))
    monkeypatch.undo()
    assert push(bench.desk, bench.plan("core")).resumed
    assert change.begun(bench.desk, bench.plan("core").change) is None


def test_a_router_that_cannot_be_brought_to_its_target_leaves_the_others_their_own_answers(bench: Bench) -> None:
    """It runs BGP as another system: named in the plan, never begun, and the routers before it get what they lack."""
    bench.box(CORE1).sections["router bgp 65001"] = ["bgp router-id 10.9.9.9"]
    plan = bench.plan()
    (unready,) = plan.unreadable
    assert unready.device == CORE1
    assert str(unready.error).startswith("BGP runs as system 65001, and the city says 64512: FRR runs one system at a time")
    assert len(plan.to_change) == 6
    with pytest.raises(CitynodeError, match="the change stopped in wave core-a: core1") as stopped:
        push(bench.desk, plan)
    assert len(stopped.value.facts["report"].changed) == 6
    assert bench.box(CORE1).sections["router bgp 65001"] == ["bgp router-id 10.9.9.9"]


def test_a_router_that_a_killed_push_left_on_trial_is_verified_and_kept_by_the_next(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks right, and would go back."""

    def die(name: str, moment: str) -> None:
        if (name, moment) == (f"device-{T1}", "after"):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        push(bench.desk, bench.plan())
    monkeypatch.undo()
    plan = bench.plan(T1)
    assert plan.is_clean
    assert bench.box(T1).trial is not None
    with pytest.raises(PolicyRefused, match="begun with another plan and is not finished") as refused:
        push(bench.desk, plan)
    record = Record.open(bench.desk.control)
    (killed,) = record.runs(unfinished=True)
    assert killed.change_id in refused.value.hint
    record.abandon(killed)
    report = push(bench.desk, plan)
    assert report.changed == (T1,)
    assert bench.box(T1).trial is None
    assert bench.box(T1).saved == bench.box(T1).sections
    assert push(bench.desk, bench.plan(T1)).change_id == ""


@pytest.mark.parametrize("then", ["killed", "failed", "done"])
def test_a_rollback_over_a_change_left_on_trial_never_takes_its_half_for_the_old(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    before, dies_at = bench.sections(), "middle"

    def die(name: str, moment: str) -> None:
        if (name, moment) == (f"device-{T1}", dies_at):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        push(bench.desk, bench.plan(T1))
    assert bench.sections() != before
    (killed,) = Record.open(bench.desk.control).runs(unfinished=True)
    dies_at = "before" if then == "killed" else ""
    bench.box(T1).faults = Faults(saves_half=then == "failed")
    back = plan_rollback(bench.desk, killed.change_id)
    with pytest.raises(Died) if then == "killed" else pytest.raises(ChangeFailed) if then == "failed" else nullcontext():
        roll_back(bench.desk, back)
    if (trial := bench.box(T1).trial) is not None:
        bench.box(T1).trial = replace(trial, until=0.0)  # its time is over
        bench.box(T1).tick()
    assert bench.sections() == before


def test_what_was_taken_back_stands_in_nobodys_way(bench: Bench) -> None:
    """Two changes, taken back one after the other: each `net rollback` finds the next."""
    before = bench.sections()
    first = push(bench.desk, bench.plan("core"))
    between = bench.sections()
    bench.fleet.connect(CORE1).apply(["interface ge1", "description by hand", "exit"])
    second = push(bench.desk, bench.plan("core"))
    by_hand = roll_back(bench.desk, plan_rollback(bench.desk))
    assert by_hand.extra["of"] == second.change_id
    assert bench.sections() != between
    assert roll_back(bench.desk, plan_rollback(bench.desk)).extra["of"] == first.change_id
    assert bench.sections() == before
    with pytest.raises(UsageProblem, match="no change of the network is on record"):
        plan_rollback(bench.desk)


def test_a_push_that_was_planned_before_the_declared_state_moved_is_refused(bench: Bench) -> None:
    plan, before = bench.plan(T1), bench.sections()
    save_rollout(bench.desk.folder, Rollout(frozenset({T1}), frozenset({"haifeng"})))
    with pytest.raises(PolicyRefused) as refused:
        push(bench.desk, plan)
    assert refused.value.what == "another change declared IPv6 or link costs while this one was planned"
    assert bench.sections() == before


def test_a_push_does_not_walk_into_another_kind_of_change_that_was_cut_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its routers are half-way to somewhere else; the others may be pushed."""

    def die(name: str, moment: str) -> None:
        if (name, moment) == (f"device-{T1}", "after"):
            raise Died

    push(bench.desk, bench.plan())
    bench.fleet.connect(T1).apply(["interface lo", "description by hand", "exit"])
    again = push(bench.desk, bench.plan(T1))
    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        roll_back(bench.desk, plan_rollback(bench.desk))
    monkeypatch.undo()
    (back,) = Record.open(bench.desk.control).runs(unfinished=True)
    with pytest.raises(PolicyRefused) as refused:
        push(bench.desk, bench.plan(T1))
    assert refused.value.what == f"{back.change_id} is unfinished, and has {T1} in hand"
    assert refused.value.hint == f"citynode net resume {back.change_id} | citynode net rollback --change {back.change_id}"
    bench.fleet.connect(T2).apply(["interface lo", "description by hand", "exit"])
    assert push(bench.desk, bench.plan(T2)).changed == (T2,)
    assert roll_back(bench.desk, plan_rollback(bench.desk, again.change_id)).changed == (T1,)


def test_a_push_that_was_cut_off_before_its_first_router_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to bring back, and it must not stand in the way."""

    def die(name: str, moment: str) -> None:
        if moment == "before":
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    before = bench.sections()
    with pytest.raises(Died):
        push(bench.desk, bench.plan())
    monkeypatch.undo()
    (killed,) = Record.open(bench.desk.control).runs(unfinished=True)
    (bench.log(killed.change_id).folder / "devices.jsonl").unlink()  # as if it had died one moment earlier
    assert roll_back(bench.desk, plan_rollback(bench.desk, killed.change_id)).changed == ()
    assert Record.open(bench.desk.control).runs(unfinished=True) == ()
    assert bench.sections() == before
    assert push(bench.desk, bench.plan("core")).changed == (CORE2, CORE1)
