"""The smaller verbs: one wave of a plan, the failed ones again, facts, rendering, and state files that can't be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from city.model import Dialect
from network.devices.fake import Faults
from network.facts import QUESTIONS, gather
from network.push.history import change_data, changes_data, failed_last, unfinished_change
from network.push.main import plan_push, push
from network.render import rendered
from network.rollout import Rollout, load_rollout, save_rollout
from network.simulate.read import READERS
from network.wiring import remember, wired
from ops.errors import CitynodeError, Unreachable, UsageProblem
from tests.unit.network.bench import Bench

T1, T2 = "haifeng-t01", "haifeng-t02"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def every(bench: Bench) -> list[str]:
    return list(bench.city.router_by_name)


def test_one_wave_of_the_plan_is_pushed_and_no_other(bench: Bench) -> None:
    plan = plan_push(bench.desk, every(bench), only=["county", "core-b"])
    assert [(wave.name, wave.devices) for wave in plan.change.waves] == [("county", (T2,)), ("core-b", ("core2",))]
    assert set(push(bench.desk, plan).changed) == {T2, "core2"}
    assert {entry.device for entry in bench.plan().to_change} == {"pe1", "core1", "haifeng-agg1", "haifeng-agg2", T1}


def test_a_wave_that_is_none_is_answered_with_those_there_are(bench: Bench) -> None:
    with pytest.raises(UsageProblem) as refused:
        plan_push(bench.desk, every(bench), only=["core-c"])
    assert refused.value.what == "there is no wave named 'core-c'"
    assert refused.value.hint == "did you mean 'core-b'?"


def test_the_failed_ones_of_the_last_push_are_tried_again_and_only_they(bench: Bench) -> None:
    bench.box(T2).faults = Faults(unreachable=True)
    report = push(bench.desk, bench.plan())
    assert failed_last(bench.desk.journal, every(bench)) == (T2,)
    bench.box(T2).faults = Faults()
    again = push(bench.desk, plan_push(bench.desk, failed_last(bench.desk.journal, every(bench))))
    assert again.changed == (T2,)
    with pytest.raises(UsageProblem, match="left none of these routers failed"):
        failed_last(bench.desk.journal, every(bench))
    assert change_data(bench.desk.journal.find(report.change_id), [T2])["devices"][0]["state"] == "failed"
    assert len(changes_data(bench.desk.journal, [T1])) == 1


def test_where_nothing_was_pushed_or_left_over_that_is_said(bench: Bench) -> None:
    with pytest.raises(UsageProblem, match="no push is on record"):
        failed_last(bench.desk.journal, every(bench))
    with pytest.raises(UsageProblem, match="no change of the network is unfinished"):
        unfinished_change(bench.desk.control)


def test_facts_count_what_routers_hold_and_name_those_that_do_not_answer(bench: Bench) -> None:
    bench.box(T2).faults = Faults(unreachable=True)
    found = gather(bench.desk, every(bench))
    core = next(one for one in found.facts if one.device == "core1").as_data()
    assert (core["interfaces"], core["addresses_v4"], core["addresses_v6"], core["version"]) == (10, 10, 0, None)
    assert [row["device"] for row in found.unreachable()] == [T2]
    with pytest.raises(Unreachable, match="1 routers gave no facts: haifeng-t02"):
        found.raise_on_error()


def test_every_dialect_has_its_questions_and_its_reader() -> None:
    assert set(QUESTIONS) == set(READERS) == set(Dialect)


@pytest.mark.parametrize(
    ("spoken", "fact", "said", "value"),
    [
        (Dialect.FRR, "version", "FRRouting 8.4.4 (core1) on Linux(6.18).\n", "8.4.4"),
        (Dialect.FRR, "neighbours_v4", "10.0.0.1  1 Full/-  1m  3.2s 172.16.0.5 ge1:172.16.0.6 0 0 0\n10.0.0.9 1 Init/- 1m\n", 1),
        (Dialect.FRR, "neighbours_v6", "10.0.0.12  1  00:00:03  Full/PointToPoint  00:01:00 ge2[PointToPoint]\n", 1),
        (Dialect.VRP8, "version", "VRP (R) software, Version 8.191 (NE40E V800R012C00)\n", "8.191 (NE40E V800R012C00)"),
        (Dialect.COMWARE7, "version", "H3C Comware Software, Version 7.1.070, Release 6616P05\n", "7.1.070, Release 6616P05"),
        (Dialect.COMWARE7, "uptime", "H3C S6800 uptime is 3 weeks, 2 days\n", "3 weeks, 2 days"),
    ],
)  # fmt: skip
def test_what_a_device_prints_is_read(spoken: Dialect, fact: str, said: str, value: str | int) -> None:
    _command, read = QUESTIONS[spoken][fact]
    assert read(said) == value


def test_what_routers_shall_hold_is_rendered_by_the_declared_state(bench: Bench) -> None:
    (plain,) = rendered(bench.city, bench.desk.control, ["core1"])
    save_rollout(bench.desk.folder, Rollout(frozenset({"core1"}), costs={"core1-core2": 77}))
    (dual,) = rendered(bench.city, bench.desk.control, ["core1"])
    assert ("ipv6 address" in plain.text, " ip ospf cost 77" in plain.text) == (False, False)
    assert ("ipv6 address" in dual.text, " ip ospf cost 77" in dual.text) == (True, True)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("ipv6.json", lambda bench: load_rollout(bench.desk.folder)),
        ("costs.json", lambda bench: load_rollout(bench.desk.folder)),
        ("wiring.json", lambda bench: wired(bench.city, bench.desk.folder)),
    ],
)
def test_a_state_file_that_is_broken_is_named(bench: Bench, name: str, read: Callable[[Bench], object]) -> None:
    bench.desk.folder.mkdir(parents=True)
    (bench.desk.folder / name).write_text("[1,")
    with pytest.raises(CitynodeError) as refused:
        read(bench)
    assert refused.value.what == f"{bench.desk.folder / name} can't be read"
    assert refused.value.hint


def test_a_line_that_left_the_data_is_still_known_until_its_ends_are_gone(bench: Bench) -> None:
    remember(bench.city, bench.desk.folder)
    gone = bench.city.model_copy(update={"links": tuple(link for link in bench.city.links if link.name != "core1-dc1")})
    assert set(wired(gone, bench.desk.folder).link_by_name) == set(bench.city.link_by_name)
    fewer = gone.model_copy(update={"sites": tuple(site for site in gone.sites if site.name != "dc1")})
    assert "core1-dc1" not in wired(fewer, bench.desk.folder).link_by_name
    assert replace(bench.desk.rollout) == Rollout()
