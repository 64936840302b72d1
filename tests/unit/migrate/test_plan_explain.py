"""A request that can't be placed: which, why, and what would resolve it, in words that a department understands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from city.load import load_city
from city.model import City, Window
from cli.main import main
from migrate.planning.plan import plan_waves
from migrate.planning.rules import Rules
from migrate.slots import Slot

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def slot(number: int, system: str, *, earliest: str = "", latest: str = "") -> Slot:
    first, last = (date.fromisoformat(text) if text else None for text in (earliest, latest))
    return Slot(f"slot-{number}", system, "x", first, last, "", "li", "2026-11-25T09:00:00+00:00")


def changed(city: City, name: str, **values: object) -> City:
    """The city with one system's figures changed."""
    systems = tuple(system.model_copy(update=values) if system.name == name else system for system in city.systems)
    return city.model_copy(update={"systems": systems})


def refusals(city: City, *slots: Slot, rules: Rules | None = None) -> list[dict[str, Any]]:
    made = plan_waves(city, slots, now=NOW, rules=rules)
    return [refusal.as_data() for refusal in made.unplaced]


def test_a_latest_date_before_the_copy_can_end() -> None:
    (found,) = refusals(load_city("shanwei"), slot(1, "budget", latest="2026-11-26"))
    assert (found["system"], found["slot"], found["reason"]) == ("budget", "slot-1", "precopy-too-late")
    assert found["why"] == "24 GB from room-finance at 5 Mbit/s take 12.25 h and are settled on 2026-11-27 05:15: too late for 2026-11-26"
    assert found["resolve"] == "--latest 2026-11-28 or later, a faster link, or disks carried over"


def test_what_it_resolves_by_is_true() -> None:
    city = load_city("shanwei")
    (found,) = refusals(city, slot(1, "budget", latest="2026-11-26"))
    assert refusals(city, slot(1, "budget", latest=found["facts"]["first_night"])) == []


def test_a_write_rate_that_the_link_cannot_catch_up_with() -> None:
    (found,) = refusals(changed(load_city("shanwei"), "budget", write_mbit=6.5), slot(1, "budget"))
    assert found["reason"] == "write-rate"
    assert found["why"] == ("its data changes at 6.5 Mbit/s and moves may take 5 of the link of room-finance: a copy would never catch up")
    assert found["resolve"] == "a faster link for room-finance, or disks carried over while the system stands still"


def test_a_window_too_short_for_the_cutover() -> None:
    city = load_city("shanwei").model_copy(update={"windows": (Window(weekday=1, start_hour=23, hours=1),)})
    (found,) = refusals(city, slot(1, "archive"))
    assert found["why"] == "its cutover takes 1.5 h for 80 GB with the time to go back, the longest window has 1 h"


def test_dates_beyond_the_plan_and_dates_without_a_night() -> None:
    late, none = refusals(
        load_city("shanwei"),
        slot(1, "archive", earliest="2027-03-01"),
        slot(2, "budget", earliest="2026-12-06", latest="2026-12-07"),
        rules=Rules(weeks=4),
    )
    assert late["why"] == "its earliest date 2027-03-01 lies after this plan's end on 2026-12-23"
    assert late["resolve"] == "plan further ahead (--weeks), or an earlier date"
    assert none["why"] == "no cutover is permitted from 2026-12-06 to 2026-12-07 in this plan"


def test_what_needs_a_system_without_a_place_has_none_either() -> None:
    city = changed(load_city("shanwei"), "budget", write_mbit=6.5)
    first, second, third = refusals(city, slot(1, "treasury-payment"), slot(2, "budget"), slot(3, "non-tax-collection"))
    assert [each["reason"] for each in (first, second, third)] == ["needs", "write-rate", "needs"]
    assert first["why"] == "it needs budget, which has no place in this plan"
    assert third["resolve"] == "a place for treasury-payment first"


def test_a_chain_of_copies_over_one_link_that_comes_too_late() -> None:
    (found,) = refusals(load_city("shanwei"), slot(1, "benefits", latest="2026-12-01"), slot(2, "social-insurance"))
    assert (found["system"], found["reason"], found["facts"]["before"]) == ("benefits", "precopy-too-late", ("social-insurance",))
    assert found["why"].startswith("it needs social-insurance, copied over the same link first; with its ")


def test_more_requests_than_a_night_holds_name_each_other() -> None:
    """Three departments want the one night that takes two: who asked last is told who is there, and what would help."""
    city = load_city("shanwei")
    wanted = [slot(number, name, latest="2026-11-26") for number, name in enumerate(("legal-aid", "farm-land", "crop-monitoring"), start=1)]
    (found,) = refusals(city, *wanted, rules=Rules(per_window=2))
    assert (found["system"], found["reason"]) == ("crop-monitoring", "clash")
    assert sorted(each["system"] for each in found["facts"]["with"]) == ["farm-land", "legal-aid"]
    assert found["why"] == (
        "it clashes with legal-aid (… - 2026-11-26), farm-land (… - 2026-11-26): "
        "links, nights and 2 cutovers a window don't suffice for all of them"
    )
    assert found["resolve"].split("; ") == [
        "--latest 2026-11-28 or later, the others stay where they are",
        "one more cutover a window (--per-window 3)",
        "other dates for one of them",
    ]
    assert refusals(city, *wanted, rules=Rules(per_window=3, at_once=3)) == []


def test_only_the_clashing_demands_are_named() -> None:
    others = [slot(number, name) for number, name in enumerate(("archive", "health-records", "budget"), start=10)]
    wanted = [slot(number, name, latest="2026-11-26") for number, name in enumerate(("legal-aid", "farm-land"), start=1)]
    (found,) = refusals(load_city("shanwei"), *wanted, *others, rules=Rules(per_window=1))
    assert [each["system"] for each in found["facts"]["with"]] == ["legal-aid"]


def test_a_need_that_comes_after_the_latest_date() -> None:
    city = load_city("shanwei")
    (found,) = refusals(city, slot(1, "budget", earliest="2027-01-01"), slot(2, "procurement", latest="2026-12-10"))
    assert (found["system"], found["reason"]) == ("procurement", "clash")
    assert [each["system"] for each in found["facts"]["with"]] == ["budget"]


def test_systems_that_need_each_other_are_told_so() -> None:
    city = changed(load_city("shanwei"), "budget", needs=("treasury-payment",))
    found = refusals(city, slot(1, "budget"), slot(2, "treasury-payment"))
    assert {each["system"] for each in found} == {"budget", "treasury-payment"}


def test_a_request_for_a_system_that_is_gone() -> None:
    (found,) = refusals(load_city("shanwei"), slot(7, "service-portal"))
    assert found["why"] == "it isn't in the city's catalogue, or it runs on the node by now"
    assert found["resolve"] == "citynode migrate slots cancel slot-7"


def test_the_plan_is_printed_and_the_exit_code_says_that_a_request_has_no_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setenv("CITYNODE_CITY", "shanwei")
    for system in ("archive", "social-insurance", "benefits"):
        assert main(["migrate", "slots", "request", system]) == 0
    capsys.readouterr()
    assert main(["migrate", "plan", "--weeks", "1", "-o", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert "archive" in [each["system"] for each in data["slots"]]
    assert "benefits" in [each["system"] for each in data["unplaced"]]
    assert main(["migrate", "plan", "--weeks", "1"]) == 1
    assert "benefits has no place: it needs social-insurance" in capsys.readouterr().out
