"""Costs that relieve the busiest line: found, the same every time, applied, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from network.push.change import Report
from network.push.main import push
from network.push.rollback import plan_rollback, roll_back
from network.rollout import Rollout
from network.simulate.demand import Demand
from network.simulate.measured import Measured
from network.traffic.apply import apply, plan_apply
from network.traffic.board import board
from network.traffic.plan import TrafficPlan, plan_reset, plan_traffic
from tests.unit.network.bench import Bench

BUSY = Measured((Demand("dc1", "room-archives", 12.0), Demand("haifeng-agg1", "room-archives", 18.0), Demand("haifeng-agg1", "dc1", 900.0)))
"""The county sends over its first line to the cores alone, and over the first line of a room: the second ones are idle."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def planned(bench: Bench) -> TrafficPlan:
    return plan_traffic(bench.city, bench.desk.rollout, BUSY)


def applied(bench: Bench) -> Report:
    return apply(bench.desk, plan_apply(bench.desk, planned(bench)))


def test_a_full_line_shares_with_an_idle_one(bench: Bench) -> None:
    data = planned(bench).as_data()
    assert (data["busiest_before"], data["busiest_after"]) == (1.2, 0.75)
    assert {row["link"] for row in data["changes"]} <= {
        "core1-haifeng-agg1",
        "core2-haifeng-agg2",
        "haifeng-agg1-agg2",
        "core1-room-archives",
    }
    uses = {row["link"]: row["after"] for row in data["links"]}
    assert (uses["core1-room-archives"], uses["core2-room-archives"]) == (0.75, 0.75)
    assert uses["core1-haifeng-agg1"] <= 0.5 >= uses["core2-haifeng-agg2"]
    assert planned(bench).as_data() == data


def test_what_is_balanced_is_left_alone(bench: Bench) -> None:
    idle = plan_traffic(bench.city, Rollout())
    assert (idle.changed, idle.routers, idle.tried) == ({}, (), 0)


def test_a_cost_tried_is_the_same_as_a_board_made_with_it(bench: Bench) -> None:
    start = planned(bench).before
    for link in ("core1-haifeng-agg1", "haifeng-agg1-agg2", "core2-dc1"):
        for cost in (1, 90, 100, 110, 700):
            tried = start.with_cost(link, cost)
            fresh = board(bench.city, tried.graph, BUSY.demands)
            assert tried.loads == fresh.loads


def test_costs_are_pushed_declared_kept_by_later_pushes_and_taken_back(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    before = bench.sections()
    plan = planned(bench)
    report = applied(bench)
    assert set(report.changed) == set(plan.routers)
    assert bench.desk.rollout.costs == plan.costs
    assert bench.plan().is_clean
    again = apply(bench.desk, plan_apply(bench.desk, plan))
    assert (again.change_id, len(again.changed)) == ("", 0)
    roll_back(bench.desk, plan_rollback(bench.desk))
    assert (bench.sections(), bench.desk.rollout.costs) == (before, {})
    assert bench.plan().is_clean


def test_reset_gives_every_line_the_cost_of_its_rate(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    before = bench.sections()
    applied(bench)
    back = apply(bench.desk, plan_apply(bench.desk, plan_reset(bench.city, bench.desk.rollout)))
    assert len(back.changed) > 1
    assert (bench.sections(), bench.desk.rollout.costs) == (before, {})
