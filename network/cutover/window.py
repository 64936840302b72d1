"""Whether a cutover may happen now: the city's weekly windows (时间窗) on its own clock. Pure; the time is passed in.

China has one time without summer time, so a fixed offset is exact. A window may run past midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from city.model import Window
from network.cutover.errors import OutsideWindow
from ops.language import _

CITY_TIME = timezone(timedelta(hours=8), "CST")
_WEEK = timedelta(days=7)


def is_open(windows: Iterable[Window], now: datetime) -> bool:
    """Whether one of the windows is open at this moment."""
    return any(_since(window, now) < timedelta(hours=window.hours) for window in windows)


def next_opening(windows: Iterable[Window], now: datetime) -> datetime | None:
    """When the next window opens, in the city's time; None where there are none."""
    openings = [now.astimezone(CITY_TIME) - _since(window, now) + _WEEK for window in windows]
    return min(openings, default=None)


def require_open(windows: Iterable[Window], now: datetime) -> None:
    """Return if a window is open; else OutsideWindow says when the next one is."""
    known = tuple(windows)
    if is_open(known, now):
        return
    opening = next_opening(known, now)
    raise OutsideWindow(
        _("no window for cutovers is open now"),
        why=_("the next one opens at {time}").format(time=f"{opening:%Y-%m-%d %H:%M}") if opening else _("the city has none"),
        hint=_("wait for it, or say why it can't: --now REASON, which goes into the audit trail"),
    )


def utc_now() -> datetime:
    """The moment at which a command asks."""
    return datetime.now(UTC)


def _since(window: Window, now: datetime) -> timedelta:
    """How long ago the window opened last."""
    local = now.astimezone(CITY_TIME)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local - (monday + timedelta(days=window.weekday, hours=window.start_hour))) % _WEEK
