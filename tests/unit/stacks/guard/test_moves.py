"""What a move puts into a zone obeys the zone's rules."""

from __future__ import annotations

from datetime import date

import pytest

from city.model import City
from migrate.move import plan_move
from migrate.workload import objects
from stacks.guard.facts import facts_at
from stacks.guard.judge import judge_all


@pytest.mark.parametrize("system", ["archive", "benefits"])
def test_a_moved_system_breaks_no_rule(tiny: City, system: str) -> None:
    moved = objects(plan_move(tiny, system), folder="/volumes/x", password="secret", change="chg-1", node="dc1-node1")
    assert [str(breach) for breach in judge_all(moved, facts_at(tiny), today=date(2026, 11, 25))] == []
