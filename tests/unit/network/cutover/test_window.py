"""When a cutover may begin, on the city's own clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from city.model import Window
from network.cutover.errors import OutsideWindow
from network.cutover.window import CITY_TIME, is_open, next_opening, require_open

WINDOWS = (Window(weekday=2, start_hour=23, hours=5), Window(weekday=5, start_hour=22, hours=8))
"""Wednesday 23:00 to Thursday 04:00, Saturday 22:00 to Sunday 06:00."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_TIME)


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-11-25 22:59", False),
        ("2026-11-25 23:00", True),
        ("2026-11-26 03:59", True),
        ("2026-11-26 04:00", False),
        ("2026-11-29 05:59", True),
        ("2026-11-30 00:30", False),
    ],
)
def test_windows_run_past_midnight(moment: str, open_then: bool) -> None:
    assert is_open(WINDOWS, at(moment)) is open_then


def test_week_turns_within_a_window() -> None:
    sunday = (Window(weekday=6, start_hour=23, hours=3),)
    assert is_open(sunday, at("2026-11-30 01:00"))
    assert next_opening(sunday, at("2026-11-30 03:00")) == at("2026-12-06 23:00")


def test_refusal_names_the_next_opening() -> None:
    with pytest.raises(OutsideWindow) as refused:
        require_open(WINDOWS, at("2026-11-26 05:32"))
    problem = refused.value
    assert (problem.exit_code, str(problem)) == (5, "no window for cutovers is open now: the next one opens at 2026-11-28 22:00")
    assert problem.hint == "wait for it, or say why it can't: --now REASON, which goes into the audit trail"
    require_open(WINDOWS, at("2026-11-28 22:00"))


def test_city_without_windows_has_none_to_wait_for() -> None:
    with pytest.raises(OutsideWindow, match="the city has none"):
        require_open((), at("2026-11-28 22:00"))
