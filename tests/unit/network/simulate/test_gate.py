"""A push asks the simulation first, and goes on against it only with a reason that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from city.model import City
from network.push.main import plan_push, push
from network.simulate.main import simulate
from ops.errors import PolicyRefused
from tests.unit.network.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for box in bench.fleet.boxes.values():  # an area as FRR takes it back, whichever way it was typed
        for lines in box.sections.values():
            lines[:] = [line.replace("area 0", "area 0.0.0.0") for line in lines]
    return bench


def without_line(city: City, name: str) -> City:
    """The city as somebody edits it who takes a line for unused."""
    return city.model_copy(update={"links": tuple(link for link in city.links if link.name != name)})


def every(city: City) -> list[str]:
    return list(city.router_by_name)


def test_the_first_push_of_a_city_is_not_refused(bench: Bench) -> None:
    assert len(push(bench.desk, bench.plan()).changed) == 7
    assert simulate(bench.desk, every(bench.city)).as_data()["ok"]


def test_a_line_that_goes_from_the_data_is_refused_and_nothing_is_typed(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    typed = _typed(bench)
    desk = replace(bench.desk, city=without_line(bench.city, "core2-haifeng-agg2"))
    with pytest.raises(PolicyRefused) as refused:
        push(desk, plan_push(desk, every(desk.city)))
    assert refused.value.what == "this change would break 15 promise(s) of the plan"
    assert refused.value.why.startswith(
        "haifeng-agg1 -> dc1 over IPv4 (survive: reached without core1-haifeng-agg1 before, no way after); haifeng-agg1 -> dc2 over IPv4 ("
    )
    assert refused.value.exit_code == 5
    assert _typed(bench) == typed


def test_a_reason_lets_it_pass_and_is_written_down(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    desk = replace(bench.desk, city=without_line(bench.city, "core2-haifeng-agg2"))
    report = push(desk, plan_push(desk, every(desk.city)), override="the duct is being moved, CR-118")
    assert set(report.changed) == {"core2", "haifeng-agg2"}
    (entry,) = [entry for entry in desk.control.trail.entries() if entry.action == "net-push.override"]
    assert (entry.who, entry.facts["reason"], len(entry.facts["broken"])) == ("li", "the duct is being moved, CR-118", 15)


def test_what_somebody_broke_by_hand_elsewhere_counts_where_a_neighbour_may_be_lost(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    bench.box("core1").sections["interface ge3"].remove("ip ospf area 0.0.0.0")
    desk = replace(bench.desk, city=without_line(bench.city, "core2-haifeng-agg2"))
    with pytest.raises(PolicyRefused, match="reach: reached before, no way after"):
        push(desk, plan_push(desk, ("core2",)))


def _typed(bench: Bench) -> Mapping[str, int]:
    return {name: len(box.typed) for name, box in bench.fleet.boxes.items()}
