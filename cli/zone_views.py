"""Landing zones as data, as tables for people, and as pages for a merge request. Rendering only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from city.placement import zones_of
from city.pools import RESOURCES, Amount, reserved, reserved_by
from cli.render import Cell, Table, to_markdown
from ops.language import _
from ops.suggest import unknown
from stacks.declare.placement import Zone, zone_named
from stacks.declare.quantity import shown
from stacks.declare.zone import zone_objects

if TYPE_CHECKING:
    from city.model import City, Quota, System
    from stacks.zones.request import Requested
    from stacks.zones.resize import Resized

AMOUNTS = ("cpu", "memory", "storage", "pods")
"""The resources as columns, in the order of `RESOURCES`. The catalogue finds columns where tables are made: they stand there in full."""


@dataclass(frozen=True, slots=True)
class View:
    """One answer in all its forms; without `markdown` the table is the page."""

    data: Any
    table: Table
    markdown: str = ""


def listing(city: City, department: str, *, lang: str) -> View:
    """Every system with its zones, or one department's."""
    known = {system.department for system in city.systems} | {item.name for item in city.organisations}
    if department and department not in known:
        raise unknown("department", department, known)
    chosen = [system for system in city.systems if department in ("", system.department)]
    rows = [(*_line(city, system), system.title.zh if lang == "zh" else system.title.en) for system in chosen]
    table = Table(
        (
            "system", "department", "zones", "tier", "mlps", "plane", "egress", "cpu", "memory", "storage", "pods", "review after", "state",
            "title",
        ),
        rows,
    )  # fmt: skip
    return View([_system_data(city, system) for system in chosen], table)


def one(city: City, name: str, *, lang: str) -> View:
    """One system's zones with every object."""
    zones = zone_named(city, name)
    system = city.system_by_name[name]
    rows = [
        (zone.centre.name, str(zone.role), f"{manifest.kind} {manifest.name}") for zone in zones for manifest in zone_objects(zone, city)
    ]
    facts = "  ".join((system.department, system.plane, f"tier={system.tier}", f"egress={system.egress}", f"mlps={system.mlps}"))
    title = f"{name}  {system.title.zh if lang == 'zh' else system.title.en}  {facts}"
    data = {**_system_data(city, system), "objects": {zone.centre.name: [each.body for each in zone_objects(zone, city)] for zone in zones}}
    return View(data, Table(("centre", "role", "object"), rows, title=title, note=_quota_line(system.quota)))


def one_quota(city: City, name: str) -> View:
    """What each of a system's zones may use, and what is left of its department's pool."""
    zones = zone_named(city, name)
    rows = [(zone.centre.name, str(zone.role), *_amounts(zone.quota)) for zone in zones]
    system = city.system_by_name[name]
    data = {"system": name, "zones": [_zone_data(zone) for zone in zones], "pool": _pool_data(city, system.department)}
    return View(data, Table(("centre", "role", "cpu", "memory", "storage", "pods"), rows, note=_pool_line(city, system.department)))


def department_quota(city: City, department: str) -> View:
    """What the departments' zones reserve of their pools, or what each system of one department does."""
    names = [item.name for item in city.organisations if item.name in city.pool_by_department]
    if not department:
        rows: list[tuple[Cell, ...]] = [(name, *_of_pool(city, name)) for name in names]
        return View(
            [{"department": name, **_pool_data(city, name)} for name in names],
            Table(("department", "cpu", "memory", "storage", "pods"), rows),
        )
    if department not in names:
        raise unknown("department", department, names)
    systems = [system for system in city.systems if system.department == department]
    parts = [(system.name, len(zones_of(system, city)), reserved_by(system, city)) for system in systems]
    rows = [(name, count, *_amounts(amount)) for name, count, amount in parts]
    data = {
        "department": department,
        **_pool_data(city, department),
        "systems": [{"system": name, **_units(a)} for name, _count, a in parts],
    }
    return View(data, Table(("system", "zones", "cpu", "memory", "storage", "pods"), rows, note=_pool_line(city, department)))


def requested(before: City, plan: Requested) -> View:
    """A new system: its file, the objects of its zones, and its department's pool with it."""
    system = plan.city.system_by_name[plan.zones[0].name]
    objects = [(zone, [f"{each.kind} {each.name}" for each in manifests]) for zone, manifests in plan.objects()]
    rows = [(zone.centre.name, str(zone.role), title) for zone, titles in objects for title in titles]
    data = {
        **_system_data(plan.city, system),
        "objects": {zone.centre.name: titles for zone, titles in objects},
        **_edit_data(before, plan.city, system.department, plan.draft.diff()),
    }
    table = Table(("centre", "role", "object"), rows, title=f"{system.name}: {plan.draft.name}", note=plan.draft.after)
    return View(data, table, _page(_("New zone: {name}").format(name=system.name), before, plan.city, system.department, plan.draft.diff()))


def changed(before: City, plan: Resized) -> View:
    """A system whose quota or freeze changed: the edit, and its department's pool before and after."""
    name, department = plan.after.name, plan.after.department
    rows = [
        (_(label), shown(resource, getattr(plan.before.quota, resource)), shown(resource, getattr(plan.after.quota, resource)))
        for label, resource in zip(AMOUNTS, RESOURCES, strict=True)
    ]
    rows.append((_("frozen"), _yes(plan.before), _yes(plan.after)))
    data = {"system": name, "frozen": plan.after.frozen, "quota": plan.after.quota.model_dump()}
    diff = plan.draft.diff()
    note = diff or _("nothing to change")
    page = _page(_("Changed zone: {name}").format(name=name), before, plan.city, department, diff)
    return View(
        data | _edit_data(before, plan.city, department, diff), Table(("what", "before", "after"), rows, title=name, note=note), page
    )


def _yes(system: System) -> str:
    return _("yes") if system.frozen else _("no")


def _line(city: City, system: System) -> tuple[Cell, ...]:
    zones = " ".join(f"{centre.name}:{role}" for centre, role in zones_of(system, city))
    state = _("frozen") if system.frozen else ""
    return (
        system.name, system.department, zones, str(system.tier), system.mlps, system.plane, str(system.egress), *_amounts(system.quota),
        system.review_after.isoformat(), state,
    )  # fmt: skip


def _system_data(city: City, system: System) -> dict[str, Any]:
    keys = {
        "name",
        "title",
        "department",
        "owner",
        "cost_centre",
        "review_after",
        "mlps",
        "tier",
        "plane",
        "egress",
        "frozen",
        "backup",
        "was",
    }
    zones = [_zone_data(zone) for zone in zone_named(city, system.name)]
    return {**system.model_dump(mode="json", include=keys), "quota": system.quota.model_dump(), "zones": zones}


def _zone_data(zone: Zone) -> dict[str, Any]:
    return {"centre": zone.centre.name, "role": str(zone.role), "quota": zone.quota.model_dump()}


def _amounts(source: Quota | Amount) -> tuple[str, ...]:
    return tuple(shown(resource, getattr(source, resource)) for resource in RESOURCES)


def _units(amount: Amount) -> dict[str, int]:
    return {resource: getattr(amount, resource) for resource in RESOURCES}


def _quota_line(quota: Quota) -> str:
    return "  ".join(f"{_(label)} {text}" for label, text in zip(AMOUNTS, _amounts(quota), strict=True))


def _of_pool(city: City, department: str) -> tuple[str, ...]:
    """What is reserved of each resource, of how much."""
    pool = city.pool_by_department.get(department)
    used = _amounts(reserved(city, department))
    return used if pool is None else tuple(f"{part} / {whole}" for part, whole in zip(used, _amounts(Amount.of(pool)), strict=True))


def _pool_line(city: City, department: str) -> str:
    parts: Sequence[str] = [f"{_(label)} {text}" for label, text in zip(AMOUNTS, _of_pool(city, department), strict=True)]
    return _("pool of {department} in all centres, reserved / held: {parts}").format(department=department, parts=", ".join(parts))


def _pool_data(city: City, department: str) -> dict[str, Any]:
    pool = city.pool_by_department.get(department)
    return {"pool": _units(Amount.of(pool)) if pool else None, "reserved": _units(reserved(city, department))}


def _edit_data(before: City, after: City, department: str, diff: str) -> dict[str, Any]:
    earlier = {"reserved_before": _units(reserved(before, department))}
    return {"diff": diff, "department_pool": {"department": department, **_pool_data(after, department), **earlier}}


def _page(title: str, before: City, after: City, department: str, diff: str) -> str:
    """The edit for a merge request: the pool before and after, and the diff."""
    lines = zip(map(_, AMOUNTS), _of_pool(before, department), _of_pool(after, department), strict=True)
    table = Table((_("pool of {department}").format(department=department), "before", "after"), list(lines))
    fenced = f"```diff\n{diff}```\n" if diff else _("nothing to change") + "\n"
    return f"## {title}\n\n{to_markdown(replace(table, title=''))}\n{fenced}"
