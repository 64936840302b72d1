"""A department asks for a system's zone: what it wants -> a file of the city's data, judged with the whole city, and the zones it makes.

Nothing is written here; the plan's draft is (`city.draft`). What is refused: a name that is or was somebody's, unknown
departments, planes and systems (with the nearest), more than the department's pool holds, and whatever `city check` refuses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from re import fullmatch
from typing import Any

from city.cloud import PLAN_YEARS
from city.draft import Draft
from city.edit import add_system
from city.model import CentreRole, City, Egress, Isolation, OrganisationKind, Quota, Tier
from city.shape import NAME_PATTERN
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown
from stacks.declare.manifest import Manifest
from stacks.declare.placement import RESERVED, Zone, zone_named
from stacks.declare.zone import zone_objects

BACKUPS: dict[str, dict[str, int]] = {
    Tier.APPLICATION: {"every_hours": 6, "keep_days": 30},
    Tier.DATA: {"every_hours": 24, "keep_days": 30},
}
"""What a system of a DR tier gets that says nothing of backups: what the catalogue's systems of that tier have."""
REVIEW_DAYS: tuple[tuple[int, int], ...] = ((3, 365), (1, 730))
"""From this MLPS level on, a zone is reviewed after so many days: as often as its level has to be assessed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. What is left empty follows from the rest (`_fields`)."""

    name: str
    department: str
    title: str
    quota: Quota
    title_en: str = ""
    kind: str = "service"
    plane: str = ""
    egress: str = ""
    tier: str = Tier.NONE
    mlps: int = 2
    owner: str = "cloud-duty"
    cost_centre: str = ""
    review_after: date | None = None
    needs: tuple[str, ...] = ()
    port: int = 8080
    data_gb: float = 0
    bandwidth_mbit: float = 1


@dataclass(frozen=True, slots=True)
class Requested:
    """The draft of the new system's file, the city with it, and the zones that it makes."""

    draft: Draft
    city: City
    zones: tuple[Zone, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """What the file says that nobody asked for, and why."""

    def objects(self) -> tuple[tuple[Zone, tuple[Manifest, ...]], ...]:
        """Every object of every zone, as it will be declared."""
        return tuple((zone, zone_objects(zone, self.city)) for zone in self.zones)


def plan_request(folder: Path, city: City, wish: Wish, *, today: date) -> Requested:
    """The request as a sound edit of the city's data."""
    _refuse_names(city, wish.name)
    departments = [item.name for item in city.organisations if item.kind is not OrganisationKind.OPERATOR]
    _known("department", wish.department, departments)
    plane = wish.plane or min(city.planes, key=lambda each: each.number).name
    _known("plane", plane, city.plane_by_name)
    for need in wish.needs:
        _known("system", need, city.system_by_name)
    draft = add_system(
        folder, _fields(city, wish, plane, today), note=_("asked for with citynode zone request on {today}").format(today=today)
    )
    after = draft.judged()
    return Requested(draft, after, zone_named(after, wish.name), _notes(after.system_by_name[wish.name].wave, today))


def _notes(wave: int, today: date) -> tuple[str, ...]:
    if wave == today.year:
        return ()
    return (
        _("wave: {wave} in the file, as the plan has no later year; a system of {year} counts with it").format(wave=wave, year=today.year),
    )


def _refuse_names(city: City, name: str) -> None:
    """Raise if no new system can have this name."""
    if not fullmatch(NAME_PATTERN, name):
        raise UsageProblem(
            _("'{name}' can't be a system's name").format(name=name),
            why=_("names are lower-case words joined by hyphens"),
            hint=_("such as {example}").format(example="citizen-hotline"),
        )
    if name in RESERVED:
        raise UsageProblem(
            _("a system can't be named {value}").format(value=name),
            why=_("Kubernetes, or citynode, keeps a namespace of that name for itself"),
            hint=_("choose another name"),
        )
    if name in city.system_by_name:
        raise UsageProblem(
            _("there is a system named '{name}' already").format(name=name),
            why=_("a zone's name is its system's, and stands once in the city"),
            hint=_("citynode zone show {name}; choose another name, or change what is there").format(name=name),
        )
    holder = next((system.name for system in city.systems if name in system.was), "")
    if holder:
        raise UsageProblem(
            _("'{name}' is a former name of system '{holder}'").format(name=name, holder=holder), hint=_("choose another name")
        )


def _known(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise unknown(kind, name, known)


def _fields(city: City, wish: Wish, plane: str, today: date) -> dict[str, Any]:
    """The system's data in the order in which people read it; what is the model's default is left out."""
    isolated = plane in city.plane_by_name and city.plane_by_name[plane].isolation is Isolation.STRONG
    egress = wish.egress or (Egress.CLOSED.value if isolated else "")
    backup = BACKUPS.get(wish.tier, {})
    days = next(days for level, days in REVIEW_DAYS if wish.mlps >= level)
    production = next(centre.name for centre in city.centres if centre.role is CentreRole.PRODUCTION)
    fields: dict[str, Any] = {
        "name": wish.name,
        "title": {"zh": wish.title, "en": wish.title_en or wish.name.replace("-", " ")},
        "kind": wish.kind,
        "department": wish.department,
        "owner": wish.owner,
        "cost_centre": wish.cost_centre,
        "review_after": wish.review_after or today + timedelta(days=days),
        "state": "construction",
        "mlps": wish.mlps,
        "tier": str(wish.tier),
        "plane": plane,
        "egress": egress,
        "needs": list(wish.needs),
        "runs_at": production,
        "data_gb": int(wish.data_gb) if wish.data_gb == int(wish.data_gb) else wish.data_gb,
        "write_mbit": 0,
        "bandwidth_mbit": wish.bandwidth_mbit,
        "backup": backup,
        "probe": {"port": wish.port},
        "quota": wish.quota.model_dump(),
        "wave": min(max(today.year, PLAN_YEARS[0]), PLAN_YEARS[1]),
    }
    return {key: value for key, value in fields.items() if value not in ("", [], {})}
