"""`citynode zone`: landing zones - what there is, ask for one, change what it may use, freeze it, look them over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from city.draft import Draft
    from city.edit import Values
    from city.load import Examined
    from cli.zone_views import View

app = noun("zone")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The system whose zone it is.")]
Department = Annotated[str, typer.Option("--department", "-d", help="The department that it belongs to.")]
Cpu = Annotated[str, typer.Option("--cpu", metavar="AMOUNT", help="Processors, such as 500m or 2.")]
Memory = Annotated[str, typer.Option("--memory", metavar="AMOUNT", help="Memory, such as 512Mi or 2Gi.")]
StorageAmount = Annotated[str, typer.Option("--storage", metavar="AMOUNT", help="Storage, such as 20Gi.")]
Pods = Annotated[str, typer.Option("--pods", metavar="COUNT", help="How many pods.")]


@app.command("list", epilog="Example: citynode zone list --department archives")
def list_zones(department: Department = "") -> None:
    """List the systems with a zone: where, how protected, how far they may call, what they may use."""
    here = frame()
    from cli.zone_views import listing

    _show(here, listing(here.city, department, lang=here.settings.lang))


@app.command("show", epilog="Example: citynode zone show service-portal -o yaml")
def show(name: Name) -> None:
    """Show one system's zones: what each may use and every object that it is made of (all of it with -o yaml)."""
    here = frame()
    from cli.zone_views import one

    _show(here, one(here.city, name, lang=here.settings.lang))


@app.command(
    "request", epilog="Example: citynode zone request citizen-hotline --department archives --title 市民热线 --city ./my-city --dry-run"
)
def request(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new system's name; asked for on a terminal if left out.")] = "",
    department: Department = "",
    title: Annotated[str, typer.Option("--title", help="Its name in Chinese.")] = "",
    title_en: Annotated[str, typer.Option("--title-en", help="Its name in English (default: NAME in words).")] = "",
    plane: Annotated[str, typer.Option("--plane", help="The plane of the network (default: the first).")] = "",
    egress: Annotated[str, typer.Option("--egress", metavar="closed|city|internet", help="How far its pods may call.")] = "",
    tier: Annotated[str, typer.Option("--tier", metavar="none|data|application", help="DR tier.")] = "none",
    mlps: Annotated[int, typer.Option("--mlps", metavar="1-4", help="MLPS level (GB/T 22239-2019).")] = 2,
    cpu: Cpu = "500m",
    memory: Memory = "512Mi",
    storage: StorageAmount = "10Gi",
    pods: Pods = "6",
    needs: Annotated[list[str] | None, typer.Option("--needs", metavar="SYSTEM", help="A system that it calls (may be repeated).")] = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="service, governance, platform, base or self-built.")] = "service",
    owner: Annotated[str, typer.Option("--owner", metavar="DUTY", help="The duty that answers for it.")] = "cloud-duty",
    cost_centre: Annotated[str, typer.Option("--cost-centre", help="Who is billed (default: the department).")] = "",
    review_after: Annotated[
        str, typer.Option("--review-after", metavar="DATE", help="Day of its next review (default: by MLPS level).")
    ] = "",
    data_gb: Annotated[float, typer.Option("--data-gb", help="How much data it will hold.")] = 0.0,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Ask for a system's landing zone: check it with the whole city, show its objects, write its file; asks on a terminal."""
    here = frame()
    from cli.zone_ask import Given, wish_of
    from cli.zone_views import requested
    from stacks.zones.request import plan_request

    given = Given(
        name, department, title, title_en, plane, egress, tier, mlps, cpu, memory, storage, pods, tuple(needs or ()),
        kind, owner, cost_centre, review_after, data_gb,
    )  # fmt: skip
    plan = plan_request(_folder(here), here.city, wish_of(here, given), today=_now().date())
    for note in plan.notes:
        here.progress.note(note)
    _settle(here, plan.draft, requested(here.city, plan), dry_run=dry_run, yes=yes, name=plan.zones[0].name)


@app.command("quota", epilog="Example: citynode zone quota benefits --cpu 1 --memory 1Gi --city ./my-city --dry-run")
def quota(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The system; without one, what departments reserve is shown.")] = "",
    cpu: Cpu = "",
    memory: Memory = "",
    storage: StorageAmount = "",
    pods: Pods = "",
    department: Annotated[str, typer.Option("--department", "-d", help="Show what the systems of this department reserve, not NAME.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Show what a zone, or a department's zones, may use; with NAME and amounts, change it in the city's file, within the pool."""
    here = frame()
    from cli.zone_views import department_quota, one_quota
    from stacks.zones.resize import values_of

    values = values_of({"cpu_millis": cpu, "memory_mib": memory, "storage_gib": storage, "pods": pods})
    _refuse_unclear(name, department, values)
    if values:
        _change(here, name, values, dry_run=dry_run, yes=yes)
        return
    _show(here, one_quota(here.city, name) if name else department_quota(here.city, department))


@app.command("freeze", epilog="Example: citynode zone freeze benefits --city ./my-city --dry-run")
def freeze(
    name: Name, off: Annotated[bool, typer.Option("--off", help="Take the freeze back.")] = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Let no new pod into a system's zones; those that run stay (one that dies is not replaced)."""
    _change(frame(), name, {"frozen": not off}, dry_run=dry_run, yes=yes)


@app.command("review", epilog="Example: citynode zone review expiring --within 180 -o markdown")
def review(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="quota, unused, expiring or backup; all in short, if left out.")] = "",
    within: Annotated[int, typer.Option("--within", metavar="DAYS", help="Due within so many days.")] = 90,
    offline: Annotated[bool, typer.Option("--offline", help="Don't ask the clusters what is used.")] = False,
) -> None:
    """Look the zones over: reserved and used, zones nobody uses, what expires, which data is backed up."""
    here = frame()
    from cli.zone_reports import chosen
    from stacks.zones.survey import raise_unread, survey

    city = here.city
    found = survey(city, None if offline or here.settings.access is None else here.access, now=_now(), within_days=within)
    _show(here, chosen(report, found))
    raise_unread(found)


def _show(here: Frame, view: View) -> None:
    here.show(view.data, view.table, markdown=view.markdown)


def _folder(here: Frame) -> Path:
    from city.load import find_city

    return find_city(here.city_name)


def _examined(here: Frame) -> Examined:
    from city.load import examine

    return examine(here.city_name)


def _change(here: Frame, name: str, values: Values, *, dry_run: bool, yes: bool) -> None:
    """Have these fields of the system as given, in its city's file."""
    from cli.zone_views import changed
    from stacks.zones.resize import plan_change

    plan = plan_change(here.city, _examined(here), name, values)
    _settle(here, plan.draft, changed(here.city, plan), dry_run=dry_run, yes=yes, name=name)


def _refuse_unclear(name: str, department: str, values: Values) -> None:
    """Nothing that was given is left out of account: amounts are a system's, and what is shown is a system's or a department's."""
    if name and department:
        raise UsageProblem(_("quotas are shown of a system or of a department, not of both"), hint=_("leave out NAME or --department"))
    if values and not name:
        raise UsageProblem(_("amounts change the quota of one system, and none is named"), hint="citynode zone quota NAME --cpu 1")


def _settle(here: Frame, draft: Draft, view: View, *, dry_run: bool, yes: bool, name: str) -> None:
    """Show the edit; unless that was all that was asked for, write it when somebody says so."""
    from city.draft import refuse_shipped

    written = bool(draft.diff()) and not dry_run
    if written:
        refuse_shipped(draft.folder)
        if not yes:
            here.progress.note(f"{draft.name}:\n{draft.diff().rstrip()}")
        here.confirm(_("Write this to {file}?").format(file=draft.name), yes=yes)
        draft.write()
        here.progress.note(_("next: citynode stack preview --zone {name}").format(name=name) + _city_option(here))
    here.show({**view.data, "file": draft.name, "written": written}, view.table, markdown=view.markdown)


def _city_option(here: Frame) -> str:
    """The option that means this city again, where it was given on the command line."""
    import shlex

    return f" --city {shlex.quote(here.settings.city)}" if here.settings.origin("city") == "flag --city" else ""


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)
