"""The city's weekly windows as nights on the calendar: when a cutover may happen, in the city's own time.

A night is named by the date of its evening, also where its window runs past midnight. China has one time without
summer time, so a fixed offset is exact. Nothing here reads the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from city.model import Window
from ops.errors import UsageProblem
from ops.language import _

CITY_TIME = timezone(timedelta(hours=8), "CST")
HORIZON_WEEKS = 52
"""How far ahead slots are asked for and planned."""


@dataclass(frozen=True, slots=True)
class Night:
    """One window on the calendar."""

    date: date
    opens: datetime
    closes: datetime

    @property
    def name(self) -> str:
        return self.date.isoformat()

    @property
    def hours(self) -> float:
        return (self.closes - self.opens) / timedelta(hours=1)


def nights(windows: Iterable[Window], begin: datetime, end: datetime) -> tuple[Night, ...]:
    """Every night that lies wholly between begin and end, earliest first."""
    found = []
    day, last = today(begin) - timedelta(days=1), today(end)
    by_weekday = sorted(windows, key=lambda window: (window.weekday, window.start_hour))
    while day <= last:
        for window in by_weekday:
            opens = datetime.combine(day, time(window.start_hour), CITY_TIME)
            closes = opens + timedelta(hours=window.hours)
            if window.weekday == day.weekday() and begin <= opens and closes <= end:
                found.append(Night(day, opens, closes))
        day += timedelta(days=1)
    return tuple(sorted(found, key=lambda night: night.opens))


def today(now: datetime) -> date:
    """The date in the city."""
    return now.astimezone(CITY_TIME).date()


def last_day(now: datetime) -> date:
    """The last date that slots can be asked for."""
    return today(now) + timedelta(weeks=HORIZON_WEEKS)


def parse_date(text: str, option: str) -> date | None:
    """The date that was written; None for an empty text."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as broken:
        raise UsageProblem(
            _("'{text}' is not a date").format(text=text),
            why=_("given as {option}").format(option=option),
            hint=_("a date is written like 2026-12-31"),
        ) from broken
