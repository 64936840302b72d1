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
from network.desk import Desk, select
from network.facts import gather
from network.ipv6.main import carry_out, name_server, plan_rollout, plan_withdraw
from network.open import open_desk
from network.push.main import plan_push, push
from ops.access import Access
from ops.control import Control, open_control
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


def net_config(given: Mapping[str, str | None], devices: Sequence[str], *, check: bool, override: str = "") -> JsonObject:
    """Bring the routers to the city's intent, or say what would change: `changed`, `diff`, and the change's id."""
    here = surroundings(given)
    names = _routers(here.city, devices)
    desk = desk_of(here, ("net", "push", "--devices", ",".join(devices), "--yes"))
    plan = plan_push(desk, names, keep=not check)
    diff = "\n".join(f"{entry.device}\n{masked(here.city, entry.device, entry.text)}\n" for entry in plan.to_change)
    if check:
        raise_unreadable(plan.pending)
        return {"changed": bool(plan.to_change), "diff": diff, "plan": plan.change.plan_hash, "change": ""}
    report = push(desk, plan, override=override)
    report.raise_on_error()
    return {
        "changed": bool(report.changed),
        "diff": diff,
        "plan": plan.change.plan_hash,
        "change": report.change_id,
        "seconds": round(report.seconds, 2),
    }


def net_facts(given: Mapping[str, str | None], devices: Sequence[str]) -> JsonObject:
    """What these routers say of themselves, by name."""
    here = surroundings(given)
    found = gather(desk_of(here, ("net", "facts")), _routers(here.city, devices))
    found.raise_on_error()
    return {"changed": False, "routers": {one.device: one.as_data() for one in found.facts}}


def net_ipv6(given: Mapping[str, str | None], place: str, *, is_wanted: bool, check: bool) -> JsonObject:
    """Give the place IPv6 or take it away, or say what that would change."""
    here = surroundings(given)
    where = ("--place", place) if place else () if is_wanted else ("--all",)
    desk = desk_of(here, ("net", "ipv6", "rollout" if is_wanted else "withdraw", *where, "--yes"))
    server = name_server(reached(here))
    shift = plan_rollout(desk, server, place) if is_wanted else plan_withdraw(desk, server, place)
    diff = "\n".join(f"{entry.device}\n{masked(here.city, entry.device, entry.text)}\n" for entry in shift.to_change)
    if check:
        raise_unreadable(shift.pending)
        return {"changed": not shift.is_clean, "diff": diff, "change": ""}
    report = carry_out(desk, server, shift)
    report.raise_on_error()
    lost = {key: value for key, value in report.as_data().items() if key.startswith("ipv4_probes")}
    return {"changed": bool(report.change_id), "diff": diff, "change": report.change_id, **lost}


def _routers(city: City, devices: Sequence[str]) -> tuple[str, ...]:
    """The routers that a play names, by name, role or place; one that names none never means all."""
    if not devices:
        raise UsageProblem(_("`devices` names no router"), hint=_("name routers, roles or places"))
    return select(city, devices)


def reached(here: Surroundings) -> Access:
    """The access file; a UsageProblem where nothing names one."""
    if here.access is None:
        raise UsageProblem(
            _("nothing says how to reach the city from here"),
            why=_("no access file was given and no lab is in use"),
            hint=_("`access` in the inventory, CITYNODE_ACCESS, or citynode lab up"),
        )
    return here.access


def control_of(here: Surroundings, command: tuple[str, ...]) -> Control:
    """The same control as the command line's; `command` is what takes up there what was left unfinished here."""
    return open_control(
        here.settings, city=here.city.name, production=here.city.production, access=reached(here), progress=Silent(), command=command
    )


def desk_of(here: Surroundings, command: tuple[str, ...]) -> Desk:
    """The same desk as the command line's; an unfinished change can be taken up there (`citynode ops resume`)."""
    access = reached(here)
    return open_desk(here.city, access, control_of(here, command))
