"""One change over routers of three vendors, through the same push as the lab's: what is kept, what goes back, and why.

Nobody measures here (these servers forward nothing): the prober says that everybody is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from city.model import Dialect
from lab.vendors.traps import Traps
from network.compare import patch_for, snapshot_target, targets
from network.desk import Care, Desk
from network.devices.probe import FakeProber
from network.push.main import plan_push, push
from network.push.outcome import Outcome
from network.push.plan import Wave
from network.push.wave import WaveRun
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent
from tests.contract.vendor_fleet import VendorFleet, vendor_fleet

T1, T2, AGG1 = "haifeng-t01", "haifeng-t02", "haifeng-agg1"
DIALECTS = {T1: Dialect.VRP5, T2: Dialect.COMWARE7, AGG1: Dialect.VRP8}
CARE = Care(parallel=4, deadline_seconds=60, settle_seconds=3, trial_seconds=60, accept_emulation=True)


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[VendorFleet]:
    with vendor_fleet(tmp_path, DIALECTS, hurry=1) as found:
        yield found


@pytest.fixture
def desk(mixed: VendorFleet, tmp_path: Path) -> Iterator[Desk]:
    from ops.record import shut_down

    state = tmp_path / "state"
    state.mkdir()
    control = Control(state, Trail(state), Leases(state), Silent(), "li", production=False, scope=tmp_path.name)
    yield Desk(mixed.city, mixed.fleet, FakeProber(lambda _router, _target: True), control, CARE)
    shut_down()


def towards(desk: Desk, *names: str, change: str = "c1") -> tuple[Outcome, ...]:
    """One wave of these routers to what they shall be."""
    log = desk.journal.open(change)
    log.describe({"kind": "net-push", "author": "li"})
    return WaveRun(desk, log, Wave("towns", names), targets(desk.city, desk.rollout, names), desk.rollout.routers).run()


def test_a_mixed_fleet_is_pushed_in_one_change_and_a_second_push_changes_nothing(mixed: VendorFleet, desk: Desk) -> None:
    report = push(desk, plan_push(desk, list(DIALECTS)))
    assert (report.failed, set(report.changed)) == ((), set(DIALECTS))
    assert plan_push(desk, list(DIALECTS)).is_clean
    assert push(desk, plan_push(desk, list(DIALECTS))).changed == ()
    assert all(box.saved == box.running and box.pending is None for box in mixed.boxes.values())
    assert mixed.boxes[AGG1].commits[-1].description == report.change_id
    means = {note["device"]: note["by"] for note in desk.journal.find(report.change_id).notes() if note["state"] == "armed"}
    assert means == {T1: "emulated", T2: "delayed", AGG1: "trial"}


def test_without_consent_only_what_acts_alone_is_changed(mixed: VendorFleet, desk: Desk) -> None:
    old, new = towards(replace(desk, care=replace(CARE, accept_emulation=False)), T1, AGG1)
    assert (old.state, old.exit_code, new.state) == ("failed", 5, "kept")
    assert old.error.startswith(f"{T1} can't take a change back by itself: lines take effect at once")
    assert mixed.boxes[T1].typed == []


@pytest.mark.parametrize(
    ("name", "trap", "state", "error"),
    [
        (T1, Traps(refuses="info-center"), "rolled-back", f"{T1} did not take 'info-center loghost 10.16.1.22': Error: Unrecog"),
        (T2, Traps(refuses="ospf cost"), "rolled-back", f"{T2} did not take 'ospf cost 1000': % Unrecognized command"),
        (AGG1, Traps(refuses="ospf cost"), "rolled-back", f"{AGG1} did not take 'ospf cost 100': Error: Unrecognized command found"),
        (AGG1, Traps(locked_by="wang"), "rolled-back", f"{AGG1} is being changed by somebody else: Error: The configuration is locked"),
        (T1, Traps(full_flash=True), "rolled-back", f"{T1} could not save its configuration: Error: The flash memory does not have"),
        (T1, Traps(drops_after=20), "rolled-back", f"{T1} does not answer: the device closed the session"),
        (AGG1, Traps(drops_after=20), "rolled-back", f"{AGG1} was lost after its change and went back by itself: {AGG1} does not answer"),
        (T1, Traps(drops_after=20, reboots=True), "rolled-back", f"{T1} was lost after its change and went back by itself"),
        (T2, Traps(drops_after=20, reboots=True), "rolled-back", f"{T2} was lost after its change and went back by itself"),
        (AGG1, Traps(drops_after=20, reboots=True), "rolled-back", f"{AGG1} was lost after its change and went back by itself"),
    ],
    ids=[
        "vrp5 refuses", "comware7 refuses", "vrp8 refuses", "vrp8 locked", "vrp5 full flash", "vrp5 drops", "vrp8 drops", "vrp5 reboots",
        "comware7 reboots", "vrp8 reboots",
    ],
)  # fmt: skip
def test_a_device_that_misbehaves_ends_as_it_was(mixed: VendorFleet, desk: Desk, name: str, trap: Traps, state: str, error: str) -> None:
    before = read(mixed, name)
    mixed.boxes[name].traps = trap
    (outcome,) = towards(desk, name)
    assert (outcome.state, outcome.error[: len(error)]) == (state, error)
    mixed.boxes[name].traps = Traps()
    assert not patch_for(desk.city, name, read(mixed, name), snapshot_target(desk.city, name, before))


def read(mixed: VendorFleet, name: str) -> str:
    """What a device prints."""
    with closing(mixed.fleet.connect(name)) as device:
        return device.running()


def test_a_push_that_died_on_trial_is_taken_up_by_asking_the_device(
    mixed: VendorFleet, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from network.push import wave

    class Died(BaseException):
        """As kill -9 would: nothing after it runs."""

    def die(point: str, moment: str) -> None:
        if (point, moment) == (f"device-{AGG1}", "after"):
            raise Died

    monkeypatch.setattr(wave, "kill_point", die)
    with pytest.raises(Died):
        towards(desk, AGG1, change="chg-1")
    monkeypatch.undo()
    assert mixed.boxes[AGG1].pending is not None
    assert mixed.boxes[AGG1].commits[-1].description == "chg-1"
    (outcome,) = towards(desk, AGG1, change="chg-1")
    assert outcome.state == "kept"
    assert mixed.boxes[AGG1].pending is None
    assert plan_push(desk, [AGG1]).is_clean
