"""One wave against routers that misbehave: each ends wholly at its target or wholly as before, and says why."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Event

import pytest

from network.devices import fanout
from network.devices.device import Trial
from network.devices.fake import FakeDevice, Faults
from network.devices.probe import Address, Count
from network.errors import ChangeFailed
from network.push.journal import ARMED
from network.push.outcome import Outcome
from network.push.rollback import plan_rollback, roll_back
from network.push.wave import WaveRun
from tests.unit.network.bench import Bench, states

T1, T2 = "haifeng-t01", "haifeng-t02"


def test_a_wave_that_succeeds_is_saved_and_the_second_finds_nothing(bench: Bench) -> None:
    assert [outcome.state for outcome in bench.wave(T1, T2).run()] == ["kept", "kept"]
    assert bench.box(T1).saved == bench.box(T1).sections
    assert bench.plan(T1, T2).is_clean
    typed = len(bench.box(T1).typed)
    assert [outcome.state for outcome in bench.wave(T1, T2, change="c2").run()] == ["unchanged", "unchanged"]
    assert len(bench.box(T1).typed) == typed


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        (
            Faults(refuses="description to haifeng-agg2"),
            "haifeng-t01 did not take 'description to haifeng-agg2 ge3, town 100 Mbit/s': % Unknown command",
        ),
        (Faults(forgets="log-adjacency"), "haifeng-t01 did not keep every line: + log-adjacency-changes"),
        (Faults(drops_after=4), "haifeng-t01 went away in the middle of the session: connection closed"),
    ],
    ids=["refuses", "forgets", "drops"],
)
def test_a_router_that_misbehaves_goes_back_alone(bench: Bench, faults: Faults, says: str) -> None:
    before = bench.sections()
    bench.box(T1).faults = faults
    bad, good = bench.wave(T1, T2).run()
    assert (bad.state, bad.error, good.state) == ("rolled-back", says, "kept")
    assert bench.sections()[T1] == before[T1]
    assert bench.sections()[T2] != before[T2]
    assert states(bench) == {T1: "rolled-back", T2: "kept"}


def test_a_router_that_cannot_save_goes_back(bench: Bench) -> None:
    before = bench.sections()
    bench.box(T1).faults = Faults(cannot_save=True)
    (outcome,) = bench.wave(T1).run()
    assert (outcome.state, outcome.error) == (
        "rolled-back",
        "haifeng-t01 could not save its configuration: Can't open the configuration file",
    )
    assert bench.sections()[T1] == before[T1]


def test_a_router_that_saved_half_of_a_change_starts_with_the_old_again(bench: Bench) -> None:
    before = bench.sections()
    bench.box(T1).faults = Faults(saves_half=True)
    (outcome,) = bench.wave(T1).run()
    assert (outcome.state, outcome.error) == (
        "rolled-back",
        "haifeng-t01 could not save its configuration: the kernel's table of rules can't be written to the disk",
    )
    assert bench.box(T1).saved == bench.box(T1).sections
    assert bench.sections()[T1] == before[T1]


def test_a_router_that_cannot_keep_the_old_for_another_reason_is_stuck(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the new was saved, and then nothing can be."""
    saves, box = FakeDevice.save, bench.box(T1)

    def save(device: FakeDevice) -> None:
        try:
            saves(device)
        finally:
            box.faults = Faults(cannot_save=True)

    monkeypatch.setattr(FakeDevice, "save", save)
    box.faults = Faults(saves_half=True)
    (outcome,) = bench.wave(T1).run()
    assert outcome.state == "stuck"
    assert outcome.error.endswith("haifeng-t01 could not save its configuration: Can't open the configuration file")


BY_HAND = "rocommunity *** 10.16.0.0/16"


def test_a_secret_that_nobody_knows_is_not_typed_back_and_its_line_is_named(bench: Bench) -> None:
    box = bench.box(T1)
    box.sections["host snmpd"] = [BY_HAND]
    bench.log().describe({"kind": "net-push"})
    box.faults = Faults(forgets="log-adjacency", unguarded=True)
    (outcome,) = replace(bench.wave(T1), desk=bench.consenting).run()
    assert outcome.state == "stuck"
    assert outcome.error.endswith(f"did not take its snapshot back: no router shows the secret in 'host snmpd {BY_HAND}'")
    assert not [line for line in box.typed if "***" in line]
    box.faults, typed = Faults(), len(box.typed)
    with pytest.raises(ChangeFailed) as refused:
        roll_back(bench.desk, plan_rollback(bench.desk, "c1"))
    assert refused.value.why == f"{T1} can't be brought to what it held: no router shows the secret in 'host snmpd {BY_HAND}'"
    assert refused.value.hint == "put the file back by hand, then run the same command again"
    assert len(box.typed) == typed
    box.sections["host snmpd"] = [BY_HAND]
    assert roll_back(bench.desk, plan_rollback(bench.desk, "c1")).failed == ()


def test_a_trial_leaves_a_secret_that_nobody_knows_where_it_is(bench: Bench) -> None:
    """Neither does the device type a mask by itself."""
    bench.box(T1).sections["host snmpd"] = [BY_HAND]
    wave = bench.wave(T1)
    wave.log.keep(T1, bench.fleet.connect(T1).running())
    back = wave._trials.of(T1, resumed=False).back
    assert "host sshd" in back
    assert not [line for line in back if "***" in line or line == "host snmpd"]


def test_a_router_that_is_not_there_is_not_begun(bench: Bench) -> None:
    bench.box(T1).faults = Faults(unreachable=True)
    bad, good = bench.wave(T1, T2).run()
    assert bad == Outcome(T1, "failed", "haifeng-t01 does not answer: no route to host", "citynode lab status", 3)
    assert good.state == "kept"
    assert bench.log().before(T1) is None


def test_a_change_that_cuts_the_way_to_its_router_is_taken_back_by_the_router_itself(bench: Bench) -> None:
    before = bench.sections()
    bench.box(T1).faults = Faults(cut_by="log-adjacency")
    (bad,) = replace(bench.wave(T1), desk=bench.hasty).run()
    assert (bad.state, bad.exit_code) == ("rolled-back", 3)
    assert bad.error == ("haifeng-t01 was lost after its change and went back by itself: haifeng-t01 does not answer: no route to host")
    assert bench.sections()[T1] == before[T1]


def test_a_router_that_nothing_would_take_back_is_changed_by_consent_only(bench: Bench) -> None:
    bench.box(T1).faults = Faults(unguarded=True)
    (refused,) = bench.wave(T1).run()
    assert (refused.state, refused.exit_code) == ("failed", 5)
    assert refused.error == (
        "haifeng-t01 can't take a change back by itself: lines take effect at once, and if we or the way to it are lost in"
        " between, it stays as it is then"
    )
    assert bench.box(T1).typed == []
    wave = replace(bench.wave(T1, change="c2"), desk=bench.consenting)
    assert [outcome.state for outcome in wave.run()] == ["kept"]


def test_a_router_that_is_on_trial_for_somebody_else_is_left_alone(bench: Bench) -> None:
    bench.fleet.connect(T1).arm(Trial("chg-of-wang", 60))
    (outcome,) = bench.wave(T1).run()
    assert (outcome.state, outcome.exit_code) == ("failed", 5)
    assert outcome.error == "haifeng-t01 is being changed by somebody else: it is on trial for chg-of-wang"
    assert bench.box(T1).typed == []


def test_a_trial_that_ends_before_it_is_confirmed_leaves_the_router_as_it_was(bench: Bench) -> None:
    before = bench.sections()
    wave = replace(bench.wave(T1), desk=replace(bench.desk, care=replace(bench.care, trial_seconds=0.0)))
    (outcome,) = wave.run()
    assert (outcome.state, outcome.exit_code) == ("rolled-back", 1)
    assert bench.sections()[T1] == before[T1]


def test_a_router_whose_management_is_lost_for_good_is_stuck_and_the_hint_says_what_to_do(bench: Bench) -> None:
    bench.box(T1).faults = Faults(lost_after=4)
    (outcome,) = replace(bench.wave(T1), desk=bench.hasty).run()
    assert (outcome.state, outcome.exit_code) == ("stuck", 3)
    assert outcome.error.startswith("haifeng-t01 holds the old, the new or half of each configuration: haifeng-t01 does not answer")
    assert outcome.hint == "once it answers: citynode net rollback --change c1 --devices haifeng-t01"


def test_a_router_that_others_no_longer_reach_goes_back(bench: Bench) -> None:
    before = bench.sections()

    def cut(name: str, when: Callable[[], bool]) -> None:
        reaches = bench.prober._reaches
        loopback = bench.city.router_by_name[name].loopback
        bench.prober._reaches = lambda router, target: reaches(router, target) and not (target == loopback and when())

    cut(T1, lambda: bool(bench.box(T1).typed))
    bad, good = bench.wave(T1, T2).run()
    assert bad.error == "haifeng-t01 is not reachable over IPv4 after the change: measured from another router for 0.2 s"
    assert (bad.state, good.state) == ("rolled-back", "kept")
    assert bench.sections()[T1] == before[T1]


def test_what_was_not_reached_before_is_not_asked_for_afterwards(bench: Bench) -> None:
    bench.dark.add(T1)
    assert [outcome.state for outcome in bench.wave(T1).run()] == ["kept"]


def test_where_nobody_can_measure_nothing_is_begun(bench: Bench) -> None:
    names = tuple(bench.city.router_by_name)
    wave = bench.wave(*names)
    found = wave.run()
    assert {outcome.state for outcome in found} == {"failed"}
    assert {outcome.error for outcome in found} == {"no router is left to measure from"}
    assert not [name for name in names if bench.box(name).typed]


def test_a_wave_that_died_is_taken_up_with_the_first_snapshot(bench: Bench) -> None:
    before = bench.sections()[T1]
    running = bench.fleet.connect(T1).running()
    bench.log().keep(T1, running)
    bench.log().note(T1, ARMED, ipv4=True, ipv6=False)
    with_half = bench.wave(T1)
    bench.fleet.connect(T1).apply(["interface lo", "description haifeng-t01 town haifeng-t01", "exit"])
    bench.box(T1).faults = Faults(forgets="log-adjacency")  # so that it must go back: to the first snapshot, not to the half
    (outcome,) = with_half.run()
    assert outcome.state == "rolled-back"
    assert bench.sections()[T1] == before


def test_a_journal_that_cannot_be_written_stops_before_a_line_is_typed(bench: Bench) -> None:
    wave = bench.wave(T1)
    (bench.log().folder / f"{T1}.before.new").mkdir()  # where the snapshot would go
    (outcome,) = wave.run()
    assert outcome.state == "failed"
    assert outcome.error.startswith("what is done to the routers can't be written down")
    assert bench.box(T1).typed == []


def slowly(monkeypatch: pytest.MonkeyPatch, pause: Callable[[], object]) -> None:
    """The first device that is typed at pauses before its ninth line."""
    types, paused = FakeDevice.apply, Event()

    def apply(device: FakeDevice, lines: Iterable[str]) -> None:
        def one_by_one() -> Iterator[str]:
            for number, line in enumerate(lines):
                if number == 8 and not paused.is_set():
                    paused.set()
                    pause()
                yield line

        types(device, one_by_one())

    monkeypatch.setattr(FakeDevice, "apply", apply)


def in_a_hurry(bench: Bench, *names: str) -> WaveRun:
    return replace(bench.wave(*names), desk=replace(bench.desk, care=replace(bench.care, deadline_seconds=0.5)))


def let_threads_end() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("device"):
            thread.join(10)


def test_a_router_too_slow_to_take_its_lines_goes_back_and_stays_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench.sections()
    slowly(monkeypatch, lambda: time.sleep(1.2))
    (outcome,) = in_a_hurry(bench, T1).run()
    assert (outcome.state, outcome.error) == ("rolled-back", f"{T1} did not end in its 0.5 s")
    let_threads_end()
    assert bench.sections() == before
    assert states(bench) == {T1: "rolled-back"}


def test_where_work_would_not_end_nothing_else_is_begun_and_nothing_more_is_typed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the router holds isn't known, and is said so; when the work wakes up it finds its session cut."""
    before, gate = bench.sections(), Event()
    bench.log().describe({"kind": "net-push"})
    slowly(monkeypatch, lambda: gate.wait(30))
    monkeypatch.setattr(fanout, "GRACE_SECONDS", 0.1)
    (outcome,) = in_a_hurry(bench, T1).run()
    assert (outcome.state, outcome.exit_code) == ("stuck", 9)
    assert outcome.error == f"{T1} holds the old, the new or half of each configuration: {T1} did not end in its 0.5 s"
    typed = len(bench.box(T1).typed)
    gate.set()
    let_threads_end()
    assert len(bench.box(T1).typed) == typed
    roll_back(bench.desk, plan_rollback(bench.desk, "c1", [T1]))
    assert bench.sections() == before


def test_routers_that_are_seen_too_late_are_not_begun(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    before, probes, gate = bench.sections(), bench.prober.probe, Event()

    def slow(router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        gate.wait(3)
        return probes(router, targets, count=count, interval_ms=interval_ms)

    wave = in_a_hurry(bench, T1, T2)
    monkeypatch.setattr(bench.prober, "probe", slow)
    monkeypatch.setattr(fanout, "GRACE_SECONDS", 0.1)
    outcomes = wave.run()
    assert [(outcome.state, outcome.exit_code) for outcome in outcomes] == [("failed", 9), ("failed", 9)]
    gate.set()
    let_threads_end()
    assert bench.sections() == before
    assert (bench.box(T1).typed, bench.box(T2).trial) == ([], None)
    assert states(bench) == {T1: "failed", T2: "failed"}
