"""Whether a drill kept its promise: figures per system, each failed point named. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dr.findings import Finding, finding
from dr.measure import Losses, first_primary, last_primary, losses, outage, pace, silent_members, writable_sides_max

if TYPE_CHECKING:
    from dr.ledger import Ledger
    from dr.plan import DrillPlan


def verdict(plan: DrillPlan, ledger: Ledger, rows: Mapping[str, set[int]], *, primary: str) -> dict[str, Any]:
    """The figures of a drill and what was not kept; the drill passes when nothing wasn't."""
    requested = ledger.event("requested")
    since = requested.at if requested else 0.0
    systems = [_system(plan, ledger, name, rows.get(name, set()), since) for name in plan.systems]
    sides = writable_sides_max(ledger.looks)
    silent = silent_members(ledger, (plan.source, plan.target))
    findings = [each for system in systems for each in system.pop("findings")]
    if requested is None:
        findings.append(finding("no-request"))
    if sides != 1:
        findings.append(finding("sides", sides=sides))
    if silent:
        findings.append(finding("unheard", members=", ".join(silent)))
    if primary != plan.target:
        findings.append(finding("wrong-primary", primary=primary, target=plan.target))
    return {
        "systems": systems,
        "lost_writes": sum(system["lost"] for system in systems),
        "writable_sides_max": sides,
        "timeline": timeline(plan, ledger),
        "findings": findings,
    }


def timeline(plan: DrillPlan, ledger: Ledger) -> list[dict[str, Any]]:
    """What happened when, in seconds from the request."""
    requested = ledger.event("requested")
    if requested is None:
        return []
    origin = requested.at
    gaps = [gap for name in plan.systems if (gap := outage(ledger.of(name), origin)) is not None]
    moments = {
        "requested": origin,
        "last-good-write": min((gap.last_good for gap in gaps), default=None),
        "old-primary-last-seen": last_primary(ledger.looks, plan.source),
        "new-primary-first-seen": first_primary(ledger.looks, plan.target, origin),
        "first-good-write": max((gap.first_good for gap in gaps), default=None),
        **{name: event.at for name in ("handed-over", "protected") if (event := ledger.event(name)) is not None},
    }
    found = [{"event": name, "seconds": round(at - origin, 3)} for name, at in moments.items() if at is not None]
    return sorted(found, key=lambda each: float(str(each["seconds"])))


def _system(plan: DrillPlan, ledger: Ledger, name: str, rows: set[int], since: float) -> dict[str, Any]:
    writes = ledger.of(name)
    gap, found, before = outage(writes, since), losses(writes, rows), pace(writes, since)
    rto = round(gap.seconds, 3) if gap else None
    return {
        "name": name,
        "rto_seconds": rto,
        "rpo_seconds": round(found.rpo_seconds, 3),
        "acknowledged": found.acknowledged,
        "lost": len(found.lost),
        "indeterminate": found.indeterminate,
        "indeterminate_present": found.indeterminate_present,
        "unexpected": len(found.unexpected),
        "baseline_ms": round(before.median_seconds * 1000, 2),
        "baseline_slowest_ms": round(before.slowest_seconds * 1000, 2),
        "findings": _findings(plan, name, rto, found),
    }


def _findings(plan: DrillPlan, name: str, rto: float | None, found: Losses) -> list[Finding]:
    kept = []
    if rto is None:
        kept.append(finding("no-return", system=name))
    elif rto > plan.rto_seconds:
        kept.append(finding("rto", system=name, seconds=rto, promised=plan.rto_seconds))
    if found.lost:
        kept.append(finding("lost", system=name, count=len(found.lost)))
    if found.rpo_seconds > plan.rpo_seconds:
        kept.append(finding("rpo", system=name, seconds=round(found.rpo_seconds, 3), promised=plan.rpo_seconds))
    if found.unexpected:
        kept.append(finding("unexpected", system=name, count=len(found.unexpected)))
    return kept
