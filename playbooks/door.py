"""The second door to the network engine: what Ansible's plugins call, with the same settings, journal, leases and trail.

A push through Ansible and one through `citynode net push` are the same change: each refuses while the other works on
a router, each goes on with what the other left unfinished. Nothing about routers is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from city.load import load_city
from city.model import City
from network.compare import masked, raise_unreadable
from network.desk import Desk
from network.open import open_desk
from network.push import plan_push, push
from ops.access import Access
from ops.control import open_control
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import JsonObject
from ops.progress import Silent
from ops.reach import load_access
from ops.settings import Settings, load_settings


@dataclass(frozen=True)
class Surroundings:
    """The settings of a play and the city; the access too, where anything names one."""

    settings: Settings
    city: City
    access: Access | None


def surroundings(given: Mapping[str, str | None]) -> Surroundings:
    """What the plugin's options say, then what `citynode` itself would take: environment, files, the lab in use."""
    settings = load_settings({key: value for key, value in given.items() if value})
    if settings.access is None:
        return Surroundings(settings, load_city(settings.city), None)
    access = load_access(settings.access)
    meant = load_city(access.city)
    city = meant if settings.origin("city") == "default" else load_city(settings.city)
    if city.name != meant.name:
        raise UsageProblem(
            _("the access file {path} is for the city {other}, not {name}").format(path=settings.access, other=meant.name, name=city.name),
            hint=_("leave `city` out, or give the access file of that city"),
        )
    return Surroundings(settings, city, access)


def net_config(given: Mapping[str, str | None], devices: Sequence[str], *, check: bool) -> JsonObject:
    """Bring the routers to the city's intent, or say what would change: `changed`, `diff`, and the change's id."""
    here = surroundings(given)
    desk = _desk(here, devices)
    plan = plan_push(desk, tuple(devices))
    diff = "\n".join(f"{entry.device}\n{masked(here.city, entry.device, entry.text)}\n" for entry in plan.to_change)
    if check:
        raise_unreadable(plan.pending)
        return {"changed": bool(plan.to_change), "diff": diff, "plan": plan.change.plan_hash, "change": ""}
    report = push(desk, plan)
    report.raise_on_error()
    return {
        "changed": bool(report.changed),
        "diff": diff,
        "plan": plan.change.plan_hash,
        "change": report.change_id,
        "seconds": round(report.seconds, 2),
    }


def _desk(here: Surroundings, devices: Sequence[str]) -> Desk:
    """The same desk as the command line's; an unfinished push can be taken up there (`citynode ops resume`)."""
    settings, access = here.settings, here.access
    if access is None:
        raise UsageProblem(
            _("nothing says how to reach the city from here"),
            why=_("no access file was given and no lab is in use"),
            hint=_("`access` in the inventory, CITYNODE_ACCESS, or citynode lab up"),
        )
    control = open_control(
        settings,
        city=here.city.name,
        production=here.city.production,
        access=access,
        progress=Silent(),
        command=("net", "push", "--devices", ",".join(devices), "--yes"),
    )
    return open_desk(here.city, access, control)
