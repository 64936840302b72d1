"""The plan of waves: what it keeps, that it is the best, that it is the same every time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from city.load import load_city
from city.model import City
from cli.main import main
from migrate.planning.check import broken_rules
from migrate.planning.demand import Demand, Placement, axis_for, demands, ingress_kbit
from migrate.planning.gantt import draw
from migrate.planning.greedy import greedy
from migrate.planning.plan import Plan, plan_waves
from migrate.planning.rules import SETTLE, Rules
from migrate.planning.solve import Problem, solve
from migrate.slots import Slot
from ops.errors import UsageProblem

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""A Wednesday afternoon in the city."""


@cache
def shanwei() -> City:
    return load_city("shanwei")


def slot(number: int, system: str, *, earliest: str = "", latest: str = "") -> Slot:
    first, last = (date.fromisoformat(text) if text else None for text in (earliest, latest))
    department = shanwei().system_by_name[system].department
    return Slot(f"slot-{number}", system, department, first, last, "", "li", "2026-11-25T09:00:00+00:00")


@cache
def whole() -> Plan:
    """The plan for all sixty systems."""
    return plan_waves(shanwei(), (), now=NOW, every=True)


def problem(slots: list[Slot], *, every: bool = False, rules: Rules | None = None) -> Problem:
    limits = rules or Rules()
    axis = axis_for(shanwei(), NOW, limits)
    return Problem(demands(shanwei(), slots, every=every), axis, limits, ingress_kbit(shanwei()))


@cache
def sixty() -> tuple[Problem, dict[str, Placement]]:
    """All sixty systems, of which one has a date, and where the solver puts them."""
    asked = problem([slot(1, "archive", latest="2026-12-31")], every=True)
    return asked, dict(solve(asked).placed)


def test_three_departments_get_their_nights() -> None:
    made = plan_waves(
        shanwei(), [slot(1, "archive", latest="2026-12-31"), slot(2, "budget", earliest="2026-12-07"), slot(3, "legal-aid")], now=NOW
    )
    assert (made.status, made.gap, made.unplaced) == ("optimal", 0, ())
    assert [(planned.system, planned.department, planned.window, planned.slot) for planned in made.slots] == [
        ("legal-aid", "justice", "2026-11-26", "slot-3"),
        ("archive", "archives", "2026-11-28", "slot-1"),
        ("budget", "finance", "2026-12-08", "slot-2"),
    ]
    archive = made.slots[1]
    assert archive.precopy_start is not None
    assert archive.precopy_end is not None
    assert archive.precopy_end - archive.precopy_start == timedelta(hours=11, minutes=30)  # 80 GB at 15.8 Mbit/s are 11 h 15 min
    assert archive.cutover_start - archive.precopy_end >= SETTLE


def test_all_sixty_systems_of_the_plans_city_are_planned_to_the_optimum() -> None:
    made = whole()
    assert (len(made.slots), made.unplaced, made.gap) == (60, (), 0)
    assert len(made.waves) == 16
    assert all(len(group) <= Rules().per_window for _night, group in made.waves)


def test_nothing_moves_before_what_it_needs_and_no_year_before_the_last() -> None:
    made = {planned.system: planned for planned in whole().slots}
    for planned in made.values():
        for name in planned.needs:
            assert planned.cutover_start >= made[name].cutover_end
    assert (made["exit-entry"].wave, shanwei().system_by_name["exit-entry"].wave) == (2021, 2020)  # it needs one of 2021
    nights: dict[int, list[str]] = {}
    for planned in made.values():
        nights.setdefault(planned.wave, []).append(planned.window)
    assert max(nights[2019]) <= min(nights[2020])
    assert max(nights[2020]) <= min(nights[2021])


def test_a_departments_dates_outrank_the_years() -> None:
    made = plan_waves(shanwei(), [slot(1, "budget", latest="2026-11-28")], now=NOW, every=True)
    placed = {planned.system: planned.window for planned in made.slots}
    assert (made.unplaced, placed["budget"], len(placed)) == ((), "2026-11-28", 60)


def test_the_same_question_has_the_same_answer() -> None:
    again = plan_waves(shanwei(), (), now=NOW - timedelta(minutes=59), every=True)
    assert (again.hash, again.slots) == (whole().hash, whole().slots)
    few = plan_waves(shanwei(), [slot(1, "legal-aid")], now=NOW)
    assert plan_waves(shanwei(), [slot(1, "legal-aid")], now=NOW, rules=Rules(per_window=5)).hash != few.hash


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_scarce_nights_go_by_latest_dates_whoever_asked_first(order: tuple[int, ...]) -> None:
    wishes = [("legal-aid", "2026-11-26"), ("farm-land", "2026-11-28"), ("hazard-register", "2026-12-01")]
    asked = [slot(number, wishes[at][0], latest=wishes[at][1]) for number, at in enumerate(order, start=1)]
    made = plan_waves(shanwei(), asked, now=NOW, rules=Rules(per_window=1))
    assert [(planned.system, planned.window) for planned in made.slots] == wishes


def test_the_solver_is_never_worse_than_the_plan_by_hand_and_finds_what_that_misses() -> None:
    """Four long copies over one link, one hand: by hand the longest goes first and the short ones are late."""
    asked = [slot(1, "population-register"), slot(2, "traffic-police"), slot(3, "case-handling"), slot(4, "police-office")]
    asked_for = problem(asked, rules=Rules(per_window=1))
    by_hand, best = greedy(asked_for.demands, asked_for.axis, asked_for.rules), solve(asked_for)

    def days(placed: dict[str, Placement]) -> int:
        return sum((asked_for.axis.nights[placement.night].date - asked_for.axis.begin.date()).days for placement in placed.values())

    assert best.gap == 0
    assert len(best.placed) == 4
    assert days(dict(best.placed)) <= days(by_hand)


def test_copies_of_one_room_follow_each_other_and_leave_room_for_writes() -> None:
    asked, placed = sixty()
    assert asked.holds(placed)
    room = sorted(
        (placed[demand.name].copy, placed[demand.name].copy + demand.copy) for demand in asked.demands if demand.site == "room-finance"
    )
    assert len(room) == 5
    assert all(end <= begin for (_begin, end), (begin, _end) in pairwise(room))


def shifted(placed: dict[str, Placement], name: str, **change: int) -> dict[str, Placement]:
    return {**placed, name: replace(placed[name], **change)}


def test_the_check_sees_every_rule_that_is_broken() -> None:
    """The control of all other tests: a plan that is moved a little out of place is found out."""
    asked, good = sixty()
    by_name: dict[str, Demand] = {demand.name: demand for demand in asked.demands}

    def broken(placed: dict[str, Placement], ingress: int = asked.ingress) -> set[str]:
        return {rule.split()[0] for rule in broken_rules(placed, asked.demands, asked.axis, asked.rules, ingress)}

    assert broken(good) == set()
    assert "dates" in broken(shifted(good, "archive", night=70))
    assert "window" in broken(shifted(good, "archive", cutover=good["archive"].cutover + 4 * 8))
    assert "precopy" in broken(shifted(good, "archive", copy=good["archive"].copy + 4 * 24 * 30))
    assert "needs" in broken(shifted(good, "exit-entry", cutover=good["population-register"].cutover))
    assert "needs" in broken({name: placement for name, placement in good.items() if name != "population-register"})
    assert "wave" in broken(shifted(good, "culture-venues", night=good["procurement"].night))
    assert {"link", "one-at-a-time"} <= broken(shifted(good, "traffic-police", copy=good["case-handling"].copy))
    assert "ingress" in broken(good, ingress=max(demand.rate_kbit for demand in asked.demands) - 1)
    crowded = {name: replace(placement, night=good["archive"].night) for name, placement in good.items()}
    assert "per-window" in broken(crowded)
    together = {name: replace(placement, cutover=good["archive"].cutover) for name, placement in list(good.items())[:3]}
    assert "at-once" in broken(together)
    assert by_name["archive"].copy == 46


def test_a_plan_may_begin_later_but_not_in_the_past() -> None:
    made = plan_waves(shanwei(), [slot(1, "legal-aid")], now=NOW, begin=date(2027, 1, 1))
    assert [planned.window for planned in made.slots] == ["2027-01-02"]
    with pytest.raises(UsageProblem, match="a plan can't begin on 2026-11-24"):
        plan_waves(shanwei(), (), now=NOW, begin=date(2026, 11, 24))


def test_plan_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setenv("CITYNODE_CITY", "shanwei")
    assert main(["migrate", "plan"]) == 0
    assert "nobody has asked for a slot" in capsys.readouterr().out
    assert main(["migrate", "slots", "request", "archive", "-q"]) == 0
    capsys.readouterr()
    assert main(["migrate", "plan", "-o", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [planned["system"] for planned in data["slots"]] == ["archive"]
    assert (data["status"], data["gap"], data["unplaced"]) == ("optimal", 0, [])
    assert data["solve_seconds"] >= 0


def test_the_picture_names_every_system_and_is_the_same_every_time(tmp_path: Path) -> None:
    made = plan_waves(shanwei(), [slot(1, "archive"), slot(2, "legal-aid")], now=NOW)
    titles = {system.name: system.title.zh for system in shanwei().systems}
    first, again = draw(made, tmp_path / "a.svg", titles), draw(made, tmp_path / "b.svg", titles)
    text = first.read_text(encoding="utf-8")
    assert text == again.read_text(encoding="utf-8")
    assert all(titles[planned.system] in text for planned in made.slots)
    assert draw(made, tmp_path / "a.png", titles).read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageProblem) as refused:
        draw(made, tmp_path / "a.gif", titles)
    assert refused.value.hint == "one of: .svg, .png, .pdf"
