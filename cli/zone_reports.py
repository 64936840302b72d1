"""The reports of `citynode zone review` in all their forms. Rendering only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from city.pools import RESOURCES
from cli.render import Cell, Table
from cli.zone_views import View
from ops.language import _
from ops.suggest import unknown
from stacks.declare.quantity import shown

if TYPE_CHECKING:
    from city.pools import Amount
    from stacks.zones.review import PoolStanding
    from stacks.zones.survey import Survey


def chosen(report: str, found: Survey) -> View:
    """The report of that name, or all of them in short."""
    if not report:
        return _summary(found)
    if report not in REPORTS:
        raise unknown("report", report, REPORTS)
    data, table = REPORTS[report](found)
    return View({report: data, "unread": found.unread}, table)


def _quota(found: Survey) -> tuple[Any, Table]:
    rows: list[tuple[Cell, ...]] = [
        (each.department, each.systems, *_cells(each), None if each.percent is None else f"{each.percent} %") for each in found.pools
    ]
    data = [
        {
            "department": each.department,
            "systems": each.systems,
            "pool": _units(each.pool),
            "reserved": _units(each.reserved),
            "used": _units(each.used),
            "reserved_percent": each.percent,
        }
        for each in found.pools
    ]
    note = _("used / reserved / pool, in all centres together; used is what the zones' quotas count")
    return data, Table(("department", "systems", "cpu", "memory", "storage", "pods", "reserved"), rows, note=note)


def _unused(found: Survey) -> tuple[Any, Table]:
    rows = [(each.system, each.department, each.centre, each.days, _reason(waits=each.waits)) for each in found.unused or ()]
    data = [
        {"system": each.system, "department": each.department, "centre": each.centre, "days": each.days, "waits": each.waits}
        for each in found.unused or ()
    ]
    note = _("no cluster was asked") if found.unused is None else ""
    return (None if found.unused is None else data), Table(("system", "department", "centre", "days", "why"), rows, note=note)


def _expiring(found: Survey) -> tuple[Any, Table]:
    rows = [
        (each.what, each.system, each.department, each.owner, each.day.isoformat(), each.days_left, each.detail) for each in found.expiring
    ]
    note = _("due within {days} days, or overdue").format(days=found.within_days)
    return list(found.expiring), Table(("what", "system", "department", "owner", "day", "days left", "detail"), rows, note=note)


def _backup(found: Survey) -> tuple[Any, Table]:
    rows = [
        (str(each.tier), each.systems, each.backed_up, each.data_gb, each.backed_up_gb, each.longest_hours, _few(each.without))
        for each in found.backup
    ]
    table = Table(("tier", "systems", "backed up", "data (GB)", "backed up (GB)", "at most every (h)", "without a backup"), rows)
    return list(found.backup), table


REPORTS: dict[str, Callable[[Survey], tuple[Any, Table]]] = {"quota": _quota, "unused": _unused, "expiring": _expiring, "backup": _backup}


def _summary(found: Survey) -> View:
    """All reports as data, and the worst of each in a line."""
    data = {name: report(found)[0] for name, report in REPORTS.items()}
    rows = [(name, _WORST[name](found)) for name in REPORTS]
    note = _("one report in full: citynode zone review {names}").format(names="|".join(REPORTS))
    return View({**data, "unread": found.unread}, Table(("report", "finding"), rows, note=note))


def _worst_quota(found: Survey) -> str:
    fullest = sorted((each for each in found.pools if each.percent is not None), key=lambda each: -(each.percent or 0))[:3]
    parts = ", ".join(f"{each.department} {each.percent} %" for each in fullest)
    return _("{count} departments; most of their pool reserve {parts}").format(count=len(found.pools), parts=parts or "-")


def _worst_unused(found: Survey) -> str:
    if found.unused is None:
        return _("no cluster was asked")
    nobody = [each for each in found.unused if not each.waits]
    parts = _few(tuple(each.system for each in nobody))
    return _("{count} zones nobody uses: {parts}; {waiting} wait for their move").format(
        count=len(nobody), parts=parts or "-", waiting=len(found.unused) - len(nobody)
    )


def _worst_expiring(found: Survey) -> str:
    overdue = sum(each.days_left < 0 for each in found.expiring)
    first = f"{found.expiring[0].system} {found.expiring[0].day}" if found.expiring else "-"
    return _("{count} due within {days} days, {overdue} overdue; first {first}").format(
        count=len(found.expiring) - overdue, days=found.within_days, overdue=overdue, first=first
    )


def _worst_backup(found: Survey) -> str:
    return ", ".join(f"{each.tier} {each.backed_up}/{each.systems}" for each in found.backup)


_WORST: dict[str, Callable[[Survey], str]] = {
    "quota": _worst_quota,
    "unused": _worst_unused,
    "expiring": _worst_expiring,
    "backup": _worst_backup,
}


def _reason(*, waits: bool) -> str:
    return _("its system has not moved yet") if waits else _("nobody uses it")


def _cells(each: PoolStanding) -> tuple[str, ...]:
    """Used, reserved and held of each resource, as far as they are known."""
    known: list[Amount | None] = [each.used, each.reserved, each.pool]
    return tuple(
        " / ".join("-" if amount is None else shown(resource, getattr(amount, resource)) for amount in known) for resource in RESOURCES
    )


def _units(amount: Amount | None) -> dict[str, int] | None:
    return None if amount is None else {resource: getattr(amount, resource) for resource in RESOURCES}


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (_(" and {count} more").format(count=len(names) - 4) if len(names) > 4 else "")
