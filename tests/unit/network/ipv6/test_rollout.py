"""A rollout in memory: all of it or nothing, whatever step fails; twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from network.devices.fake import Faults
from network.errors import ChangeFailed
from network.ipv6.main import carry_out, plan_rollout
from network.ipv6.shift import without
from network.ipv6.verify import states, verify
from network.push import wave
from network.push.change import Report
from network.push.rollback import plan_rollback, roll_back
from network.rollout import Rollout, load_rollout, save_rollout, shift_rollout
from ops import durable
from ops.approval import accept
from ops.errors import ChangesPending, CitynodeError, PolicyRefused, Unreachable, UsageProblem
from ops.record import Record
from tests.unit.network.ipv6.dual import ZONE, DualBench

CORE1 = (f"core1.{ZONE}", "AAAA")
ALL = {"core1", "core2", "haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02"}


def test_a_county_is_rolled_out_spine_first_and_the_second_time_nothing_is_touched(bench: DualBench) -> None:
    report = bench.roll_out()
    assert report.waves == ("core-b", "core-a", "county-b", "county-a", "canary", "county")
    assert set(report.changed) == ALL
    data = report.as_data()
    assert (data["names"], data["ipv4_probes_lost"], data["reach"]["after"]["reachability_v6"]) == (9, 0, 1.0)
    assert data["ipv4_probes_sent"] > 0
    assert bench.names.sets[CORE1] == ("2001:db8:7e00::a00:b",)
    assert bench.desk.rollout == Rollout(frozenset(ALL), frozenset({"haifeng"}))
    assert verify(bench.desk, bench.names).is_ok

    typed = {name: len(box.typed) for name, box in bench.fleet.boxes.items()}
    again = bench.roll_out().as_data()
    assert (again["changed"], again["names"], again["ipv4_probes_lost"], again["change"]) == (0, 0, 0, "")
    assert {name: len(box.typed) for name, box in bench.fleet.boxes.items()} == typed


def test_the_province_edge_is_not_touched(bench: DualBench) -> None:
    before = bench.sections()["pe1"]
    bench.roll_out()
    assert bench.sections()["pe1"] == before


def test_pointers_are_kept_where_the_server_serves_the_reverse_zone(bench: DualBench) -> None:
    assert plan_rollout(bench.desk, bench.names, "haifeng").notes == (
        "the name server does not serve e.7.8.b.d.0.1.0.0.2.ip6.arpa: no PTR records",
    )
    bench.serve_reverse()
    shift = plan_rollout(bench.desk, bench.names, "haifeng")
    assert (shift.notes, len(shift.pending_names)) == ((), 18)
    bench.roll_out()
    assert (f"core1.{ZONE}.",) in bench.names.sets.values()


def test_a_withdrawal_takes_addresses_names_and_declaration_away(bench: DualBench) -> None:
    bench.roll_out()
    report = bench.withdraw()
    assert report.waves[0] == "canary"
    assert report.waves[-1] == "core-a"
    assert not any(bench.carries(name) for name in ALL)
    assert bench.names.sets == {}
    assert bench.desk.rollout == Rollout()


def test_what_another_county_needs_stays(bench: DualBench) -> None:
    city = bench.city
    both = Rollout(frozenset({"core1", "core2", "a", "haifeng-t01"}), frozenset({"haifeng"}))
    assert without(city, both, "haifeng") == Rollout(frozenset({"a"}), frozenset())


@pytest.mark.parametrize("step", ["wave", "names", "blackhole"])
def test_a_rollout_that_fails_leaves_routers_names_and_declaration_as_they_were(bench: DualBench, step: str) -> None:
    bench.names.sets[CORE1] = ("2001:db8::bad",)
    before, held = bench.sections(), dict(bench.names.sets)
    if step == "wave":
        bench.box("haifeng-agg2").faults = Faults(refuses="ipv6 address 2001:db8:7e21:6::1/127")
    elif step == "names":
        bench.breaks_names_at("update", Unreachable("the name server is gone"))
    else:
        bench.blackhole = True
    with pytest.raises(CitynodeError) as failed:
        bench.roll_out()
    assert failed.value.exit_code == {"wave": 1, "names": 3, "blackhole": 1}[step]
    if step == "blackhole":
        assert isinstance(failed.value, ChangeFailed)
        assert "haifeng-t01 -> dc1 (IPv6)" in str(failed.value)
    assert (bench.sections(), bench.names.sets, bench.desk.rollout) == (before, held, Rollout())


def test_a_core_that_is_not_reached_is_found_before_anything_is_touched(bench: DualBench) -> None:
    bench.box("core1").faults = Faults(unreachable=True)
    before = bench.sections()
    with pytest.raises(Unreachable, match="core1 must be reached before anything is changed"):
        bench.roll_out()
    assert bench.sections() == before
    assert bench.desk.rollout == Rollout()
    assert bench.desk.journal.changes() == []


def test_a_town_that_is_not_there_is_named_and_the_rest_goes_on(bench: DualBench) -> None:
    bench.box("haifeng-t02").faults = Faults(unreachable=True)
    report = bench.roll_out()
    assert [(entry["device"], entry["state"]) for entry in report.failed] == [("haifeng-t02", "failed")]
    assert bench.carries("haifeng-t01")
    with pytest.raises(Unreachable, match="haifeng-t02"):
        report.raise_on_error()


@pytest.mark.parametrize("verb", ["check", "read"])
def test_a_name_server_that_is_not_there_is_found_before_anything_is_touched(bench: DualBench, verb: str) -> None:
    bench.breaks_names_at(verb, Unreachable("the name server at 10.0.0.1 does not answer"))
    before = bench.sections()
    with pytest.raises(Unreachable, match=r"the name server at 10\.0\.0\.1 does not answer"):
        bench.roll_out()
    assert bench.sections() == before


def test_without_a_name_server_routers_are_rolled_out_and_it_is_said(bench: DualBench) -> None:
    shift = plan_rollout(bench.desk, None, "haifeng")
    assert shift.notes == ("no name server in the access file: names are left alone",)
    assert shift.zones == ()


def test_in_production_the_plan_waits_for_somebody_else(bench: DualBench) -> None:
    desk = replace(bench.desk, control=replace(bench.desk.control, production=True))
    object.__setattr__(bench, "desk", desk)
    with pytest.raises(PolicyRefused, match="net-ipv6 rollout haifeng needs the approval of somebody else than li") as refused:
        bench.roll_out()
    assert not bench.carries("core1")
    approved = accept(desk.control.trail, str(refused.value.facts["plan_hash"]), "zhang").plan_hash
    bench.box("core1").sections["interface ge1"].append("ip ospf cost 7")
    with pytest.raises(PolicyRefused) as changed:
        bench.roll_out()
    assert changed.value.facts["plan_hash"] != approved
    bench.box("core1").sections["interface ge1"].remove("ip ospf cost 7")
    assert len(bench.roll_out().changed) == len(ALL)


def test_drift_from_the_declaration_is_found_by_verify(bench: DualBench) -> None:
    bench.roll_out()
    bench.box("haifeng-t01").sections["interface lan0"].remove("ipv6 ospf6 passive")
    del bench.names.sets[CORE1]
    bench.names.sets[f"pe1.{ZONE}", "AAAA"] = ("2001:db8:7e00::a00:1",)
    found = verify(bench.desk, bench.names)
    data = found.as_data()
    assert data["missing"] == [{"router": "haifeng-t01", "interface": "lan0", "lacks": "ipv6 ospf6 passive", "kind": "interface"}]
    assert (data["ok"], data["parity"]) == (False, round(75 / 76, 4))
    assert (data["missing_names"], data["stale_names"]) == ([CORE1[0]], [f"pe1.{ZONE}"])
    with pytest.raises(ChangesPending, match="3 things are not as declared"):
        found.raise_on_error()


def test_towns_that_do_not_reach_a_centre_are_a_failure_that_names_them(bench: DualBench) -> None:
    bench.roll_out()
    bench.blackhole = True
    with pytest.raises(CitynodeError, match="6 pairs of town and centre don't reach each other: haifeng-t01 -> dc1 over IPv6"):
        verify(bench.desk, bench.names).raise_on_error()


def test_the_whole_city_is_rolled_out_by_one_change_and_gives_it_up_again(bench: DualBench) -> None:
    report = bench.roll_out("")
    assert report.waves == ("core-b", "core-a", "province-a", "county-b", "county-a", "canary", "county")
    assert set(report.changed) == {*ALL, "pe1"}
    assert bench.desk.rollout == Rollout(frozenset({*ALL, "pe1"}), frozenset({"haifeng"}))
    assert bench.names.sets[f"pe1.{ZONE}", "AAAA"]
    data = verify(bench.desk, bench.names).as_data()
    assert (data["ok"], data["reachability_v4"], data["reachability_v6"], data["parity"]) == (True, 1.0, 1.0, 1.0)
    assert data["ipv4_probes_lost"] == 0 < data["ipv4_probes_sent"]
    assert len(bench.withdraw("").changed) == 7
    assert not any(bench.carries(name) for name in {*ALL, "pe1"})
    assert (bench.names.sets, bench.desk.rollout) == ({}, Rollout())


def test_a_router_that_cannot_be_read_is_no_drift(bench: DualBench) -> None:
    bench.roll_out()
    bench.box("haifeng-agg2").faults = Faults(unreachable=True)
    found = verify(bench.desk, bench.names)
    assert found.as_data()["unreachable"] == [{"device": "haifeng-agg2", "error": "haifeng-agg2 does not answer: no route to host"}]
    with pytest.raises(Unreachable) as failed:
        found.raise_on_error()
    assert failed.value.what == "1 routers could not be read: haifeng-agg2"


def test_a_rollout_that_was_planned_for_a_network_that_is_no_more_is_refused(bench: DualBench) -> None:
    """Two places planned side by side: the later would wipe out the earlier one. Planned anew, it finds it."""
    late, before = plan_rollout(bench.desk, bench.names, "haifeng"), bench.sections()
    elsewhere = Rollout(frozenset({"pe1"}), frozenset({"elsewhere"}))
    save_rollout(bench.desk.folder, elsewhere)
    with pytest.raises(PolicyRefused) as refused:
        carry_out(bench.desk, bench.names, late)
    assert refused.value.hint == "run the same command again: it plans anew"
    assert (bench.sections(), bench.desk.rollout) == (before, elsewhere)
    bench.roll_out()
    assert bench.desk.rollout == Rollout(frozenset({*ALL, "pe1"}), frozenset({"elsewhere", "haifeng"}))


def test_only_what_a_change_declares_is_declared(tmp_path: Path) -> None:
    """Whatever was declared meanwhile stays, and is not what is taken back either."""
    before = Rollout(frozenset({"a"}), frozenset({"one"}), {"x": 1, "y": 2})
    after = Rollout(frozenset({"a", "b"}), frozenset({"one", "two"}), {"x": 5})
    save_rollout(tmp_path, Rollout(frozenset({"a", "c"}), frozenset({"one", "three"}), {"x": 1, "y": 2, "z": 3}))
    shift_rollout(tmp_path, before, after)
    assert load_rollout(tmp_path) == Rollout(frozenset({"a", "b", "c"}), frozenset({"one", "two", "three"}), {"x": 5, "z": 3})
    shift_rollout(tmp_path, after, before)
    assert load_rollout(tmp_path) == Rollout(frozenset({"a", "c"}), frozenset({"one", "three"}), {"x": 1, "y": 2, "z": 3})


def test_a_rollout_is_taken_back_with_its_names_or_not_at_all(bench: DualBench) -> None:
    """A rollback knows routers only: the names would lead to addresses that nobody has."""
    report = bench.roll_out()
    before = bench.sections()
    with pytest.raises(PolicyRefused) as refused:
        plan_rollback(bench.desk)
    assert refused.value.what == f"{report.change_id} gave routers and names IPv6, or took it from them: both go back together"
    assert refused.value.hint == "citynode net ipv6 withdraw --place haifeng"
    assert bench.sections() == before
    gone = bench.withdraw()
    with pytest.raises(PolicyRefused) as refused:
        plan_rollback(bench.desk, gone.change_id)
    assert refused.value.hint == "citynode net ipv6 rollout --place haifeng"


class Died(BaseException):
    """Ends the process's part as abruptly as can be done from within."""


@contextmanager
def death(monkeypatch: pytest.MonkeyPatch, place: str, moment: str) -> Iterator[None]:
    """Who works inside dies at that place: a step, or a router."""

    def die(name: str, when: str) -> None:
        if (name, when) == (place, moment):
            raise Died

    with monkeypatch.context() as here:
        here.setattr(wave, "kill_point", die)
        here.setattr(durable, "kill_point", die)
        with pytest.raises(Died):
            yield


def cut_off(bench: DualBench) -> str:
    """The change that was begun and has no end."""
    return next(run.change_id for run in Record.open(bench.desk.control).runs(unfinished=True) if run.kind == "net-ipv6")


def take_back(bench: DualBench, change: str) -> Report:
    return roll_back(bench.desk, plan_rollback(bench.desk, change), bench.names)


@pytest.mark.parametrize(
    ("verb", "place", "moment"),
    [
        ("rollout", "wave-core-b", "before"),
        ("rollout", "device-core1", "middle"),
        ("rollout", "publish", "after"),
        ("withdraw", "wave-canary", "after"),
        ("withdraw", "measure-after", "before"),
    ],
)
def test_a_shift_that_was_cut_off_goes_back_as_a_whole(
    bench: DualBench, monkeypatch: pytest.MonkeyPatch, verb: str, place: str, moment: str
) -> None:
    """Wherever it died: routers, the declared state and the names are as before, those that it had not come to included."""
    bench.serve_reverse()
    bench.names.sets[CORE1] = ("2001:db8::bad",)
    if verb == "withdraw":
        bench.roll_out()
    before, held, declared = bench.sections(), dict(bench.names.sets), bench.desk.rollout
    with death(monkeypatch, place, moment):
        bench.roll_out() if verb == "rollout" else bench.withdraw()
    take_back(bench, cut_off(bench)).raise_on_error()
    assert (bench.sections(), bench.names.sets, bench.desk.rollout) == (before, held, declared)
    assert Record.open(bench.desk.control).runs(unfinished=True) == ()


def test_the_way_back_of_a_shift_is_gone_on_with_wherever_it_dies_itself(bench: DualBench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench.sections()
    with death(monkeypatch, "measure-after", "before"):
        bench.roll_out()
    change = cut_off(bench)
    with pytest.raises(PolicyRefused, match="both go back together") as refused:
        plan_rollback(bench.desk, change, ["haifeng-t01"])
    assert refused.value.hint == f"citynode net rollback --change {change}"
    with pytest.raises(UsageProblem, match="the access file names no name server"):
        roll_back(bench.desk, plan_rollback(bench.desk, change))
    for place in ("give-up", "device-haifeng-agg1", "declare"):
        with death(monkeypatch, place, "after"):
            take_back(bench, change)
    bench.breaks_names_at("update", Unreachable("the name server is gone"))
    with pytest.raises(Unreachable, match="the name server is gone"):
        take_back(bench, change)
    assert (bench.sections(), bench.desk.rollout) == (before, Rollout()), "a silent name server keeps no router from going back"
    bench.names.fault = lambda _asked: None
    with death(monkeypatch, "undo-names", "after"):
        take_back(bench, change)
    assert take_back(bench, change).as_data()["names"] == 9
    assert (bench.sections(), bench.names.sets, bench.desk.rollout) == (before, {}, Rollout())
    assert Record.open(bench.desk.control).runs(unfinished=True) == ()
    with pytest.raises(PolicyRefused, match="both go back together"):
        plan_rollback(bench.desk, change)


def test_a_shift_that_another_came_after_goes_back_no_more_though_its_way_back_failed(
    bench: DualBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other may need the same routers: what takes IPv6 from the place knows which."""
    with death(monkeypatch, "wave-county-b", "after"):
        bench.roll_out()
    change = cut_off(bench)
    bench.box("core1").faults = Faults(unreachable=True)
    with pytest.raises(Unreachable):
        take_back(bench, change)
    bench.box("core1").faults = Faults()
    assert plan_rollback(bench.desk, change).is_cut_off
    bench.log("later").describe({"kind": "net-ipv6", "verb": "rollout", "place": "elsewhere"})
    with pytest.raises(PolicyRefused, match="both go back together") as refused:
        plan_rollback(bench.desk, change)
    assert refused.value.hint == "citynode net ipv6 withdraw --place haifeng"


def test_reach_is_told_though_the_name_server_is_gone(bench: DualBench) -> None:
    bench.roll_out()
    bench.breaks_names_at("read", Unreachable("the name server is gone", hint="citynode lab status"))
    found = verify(bench.desk, bench.names)
    data = found.as_data()
    assert (data["ok"], data["reachability_v6"], data["parity"], data["names_unread"]) == (False, 1.0, 1.0, "the name server is gone")
    with pytest.raises(Unreachable, match="the name server is gone"):
        found.raise_on_error()


def test_a_place_whose_rollout_did_not_end_is_neither_here_nor_there(bench: DualBench) -> None:
    rollout = Rollout(frozenset(ALL), frozenset({"haifeng"}))
    assert {one.place: one.state for one in states(bench.city, rollout)} == {"core": "rolled out", "haifeng": "rolled out"}
    for place in ("haifeng", ""):
        assert [(one.place, one.state) for one in states(bench.city, rollout, place)][:2] == [
            ("core", "under way"),
            ("haifeng", "under way"),
        ]
