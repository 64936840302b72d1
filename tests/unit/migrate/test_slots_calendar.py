"""Weekly windows as nights on the calendar, in the city's time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from city.model import Window
from migrate.calendar import nights, parse_date, today
from ops.errors import UsageProblem

WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WINDOWS = (Window(weekday=5, start_hour=22, hours=8), Window(weekday=2, start_hour=23, hours=5))


def test_a_night_is_named_by_its_evening_and_runs_past_midnight() -> None:
    found = nights(WINDOWS, WEDNESDAY, WEDNESDAY + timedelta(days=7))
    assert [(night.name, night.opens.isoformat(), night.closes.isoformat(), night.hours) for night in found] == [
        ("2026-11-25", "2026-11-25T23:00:00+08:00", "2026-11-26T04:00:00+08:00", 5),
        ("2026-11-28", "2026-11-28T22:00:00+08:00", "2026-11-29T06:00:00+08:00", 8),
    ]


def test_a_night_that_has_begun_or_would_end_too_late_is_none() -> None:
    begun = datetime(2026, 11, 25, 15, 1, tzinfo=UTC)
    assert [night.name for night in nights(WINDOWS, begun, begun + timedelta(days=4))] == ["2026-11-28"]
    ends = datetime(2026, 11, 28, 21, 59, tzinfo=UTC)
    assert [night.name for night in nights(WINDOWS, begun, ends)] == []


def test_the_citys_day_begins_at_four_in_the_afternoon_utc() -> None:
    assert today(datetime(2026, 11, 25, 15, 59, tzinfo=UTC)) == date(2026, 11, 25)
    assert today(datetime(2026, 11, 25, 16, 0, tzinfo=UTC)) == date(2026, 11, 26)


def test_a_date_is_written_in_one_way() -> None:
    assert (parse_date("2027-02-28", "--latest"), parse_date("", "--latest")) == (date(2027, 2, 28), None)
    with pytest.raises(UsageProblem) as refused:
        parse_date("2027-02-29", "--latest")
    assert (str(refused.value), refused.value.hint) == (
        "'2027-02-29' is not a date: given as --latest",
        "a date is written like 2026-12-31",
    )
