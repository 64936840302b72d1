"""`citynode stack`: the centres as Pulumi stacks - what would change, change it, what was changed behind our back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Table, Yes, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.engine.change import CentreRun
    from stacks.fleet import Fleet

app = noun("stack")

Centres = Annotated[list[str] | None, typer.Option("--centre", "-c", help="Only this centre (may be repeated); all, if left out.")]
Zones = Annotated[
    list[str] | None, typer.Option("--zone", "-z", help="Only this system's zone and the foundation under it (may be repeated).")
]
Force = Annotated[bool, typer.Option("--force", help="Take fields that another field manager owns.")]
Plan = Annotated[str, typer.Option("--plan", metavar="HASH", help="Go on only if this is still the plan: the hash that preview showed.")]


@app.command("preview", epilog="Example: citynode stack preview --centre dc1 -o json")
def preview(
    centre: Centres = None,
    zone: Zones = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read the clusters first: also what was changed by hand, which an up mends.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the plan's approval, where the city needs one: citynode approve. Has --refresh in it.")
    ] = False,
) -> None:
    """Show what is declared and not yet deployed; changes nothing, and exits 7 if there is anything. --refresh: all that an up does."""
    here = frame()
    if _preview(here, _fleet(here, centre, zone), refresh=refresh or ask, ask=ask):
        raise typer.Exit(7)


@app.command("up", epilog="Example: citynode stack up --centre dc1 --yes")
def up(
    centre: Centres = None, zone: Zones = None, dry_run: DryRun = False, yes: Yes = False, force: Force = False, plan: Plan = ""
) -> None:
    """Make the centres as declared: foundation and landing zones; heals drift, and goes on with a run that was killed."""
    here = frame()
    fleet = _fleet(here, centre, zone, force=force)
    if dry_run:
        _preview(here, fleet, refresh=True)
        return
    planned: Sequence[CentreRun] = ()
    if here.control.production or plan or not yes:
        planned = _previewed(here, fleet, refresh=True)
        _talk(here, planned)
        here.confirm(_("Apply this to {city}?").format(city=here.city.name), yes=yes)
    from cli.stack_views import summary
    from stacks.apply import up as apply_up

    here.progress.stage(_("bringing {count} centre(s) up").format(count=len(fleet.members)))
    done = apply_up(here.control, fleet, planned, plan=plan)
    here.show(done, summary(done["centres"], done["seconds"]))


@app.command("drift", epilog="Example: citynode stack drift -o json")
def drift(centre: Centres = None, zone: Zones = None) -> None:
    """Show where the clusters are not as they were deployed; changes nothing, and exits 7 if there is any."""
    here = frame()
    from cli.stack_views import drift_table
    from stacks.fleet import raise_failed

    runs = _drifted(here, _fleet(here, centre, zone))
    drifted = any(run.changes or not run.deployed for run in runs)
    here.show({"drift": drifted, "centres": [run.as_data() for run in runs]}, drift_table(runs))
    raise_failed(runs)
    if drifted:
        raise typer.Exit(7)


@app.command("refresh", epilog="Example: citynode stack refresh --centre dc2 --zone benefits")
def refresh(centre: Centres = None, zone: Zones = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Accept the clusters as they are: what was changed by hand counts as deployed; the city's data still says what an up makes of it."""
    here = frame()
    fleet = _fleet(here, centre, zone)
    from cli.stack_views import drift_table, summary
    from stacks.apply import refresh as apply_refresh
    from stacks.fleet import raise_failed

    runs = _drifted(here, fleet)
    raise_failed(runs)
    changes = sum(len(run.changes) for run in runs)
    if dry_run or not changes:
        here.show({"centres": [run.as_data() for run in runs], "changes": changes}, drift_table(runs))
        return
    _talk(here, runs)
    here.confirm(_("Take {count} change(s) that were made behind our back into the stacks?").format(count=changes), yes=yes)
    here.progress.stage(_("reading {count} centre(s)").format(count=len(fleet.members)))
    done = apply_refresh(here.control, fleet, runs)
    here.show(done, summary(done["centres"], done["seconds"]))


@app.command("destroy", epilog="Example: citynode stack destroy --centre dc3")
def destroy(centre: Centres = None, zone: Zones = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove the zones and the foundation from the centres' clusters, with everything that runs in them; or only the zones named."""
    here = frame()
    fleet = _fleet(here, centre, zone, declared=False)
    names = ", ".join(member.site.name for member in fleet.members)
    from cli.stack_views import summary
    from stacks.apply import destroy as apply_destroy

    if dry_run:
        counts = [(member.site.name, len(fleet.removed(member))) for member in fleet.members]
        here.show({"centres": [{"name": name, "delete": count} for name, count in counts]}, Table(("centre", "delete"), counts))
        return
    asked = (
        _("Remove {zones} at {names}, with everything in it?")
        if zone
        else _("Remove every zone of {city} at {names}, with everything in it?")
    )
    here.confirm(asked.format(city=here.city.name, names=names, zones=", ".join(zone or ())), yes=yes)
    here.progress.stage(_("removing {names}").format(names=names))
    done = apply_destroy(here.control, fleet)
    here.show(done, summary(done["centres"], done["seconds"]))


@app.command("outputs", epilog="Example: citynode stack outputs --centre dc1 -o json")
def outputs(centre: Centres = None) -> None:
    """Show what the stacks say of themselves: the cluster and the zones that are deployed."""
    here = frame()
    found = [(name, stack.outputs()) for name, stack in _fleet(here, centre).stacks()]
    rows = [(name, str(values.get("cluster", "")), len(values.get("zones", []))) for name, values in found]
    here.show({"centres": [{"name": name, **values} for name, values in found]}, Table(("centre", "cluster", "zones"), rows))


@app.command("unlock", epilog="Example: citynode stack unlock --centre dc1")
def unlock(centre: Centres = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Take away the lock that a run left which is dead for sure; a young or a foreign one is refused without --yes."""
    here = frame()
    fleet = _fleet(here, centre)
    from datetime import UTC, datetime

    from cli.stack_views import lock_table
    from stacks.apply import locks
    from stacks.apply import unlock as take_away

    held, now = locks(fleet), datetime.now(UTC)
    table = lock_table(held, now)
    data = [{"centre": name, "holder": who, "age": who.age(now), "wait": who.reasons_to_wait(now)} for name, who in held]
    if not dry_run:
        for row in table.rows:
            here.progress.note("  ".join(str(cell) for cell in row if cell))
        take_away(here.control, fleet, held, now, sure=yes)
    here.show({"locks": data, "released": bool(held) and not dry_run}, table)


def _fleet(here: Frame, centres: list[str] | None, zones: list[str] | None = None, *, force: bool = False, declared: bool = True) -> Fleet:
    """The centres that the options name; `declared` refuses a zone that the city's data doesn't name."""
    from stacks.declare.placement import centre_named

    for name in centres or ():
        centre_named(here.city, name)
    access = here.access
    from engines.resolve import ensure
    from stacks.engine.scope import Scope
    from stacks.fleet import assemble, narrowed

    names, scope = narrowed(here.city, centres or (), zones or ()) if declared else (centres or (), Scope(tuple(zones or ())))
    pulumi = ensure(["pulumi"], here.progress)["pulumi"]
    return assemble(here.city, access, names, state=here.settings.state, pulumi=pulumi, progress=here.progress, force=force, scope=scope)


def _previewed(here: Frame, fleet: Fleet, *, refresh: bool) -> Sequence[CentreRun]:
    from stacks.apply import preview

    here.progress.stage(_("comparing {count} centre(s) with what is declared").format(count=len(fleet.members)))
    runs = preview(fleet, refresh=refresh)
    if not refresh:
        here.progress.note(_("what was changed by hand isn't looked for; an up mends it too: citynode stack preview --refresh shows it"))
    return runs


def _drifted(here: Frame, fleet: Fleet) -> Sequence[CentreRun]:
    from stacks.engine.automation import CentreStack

    here.progress.stage(_("reading {count} centre(s)").format(count=len(fleet.members)))
    return fleet.each(CentreStack.drift)


def _preview(here: Frame, fleet: Fleet, *, refresh: bool, ask: bool = False) -> int:
    """How many changes there are, shown."""
    from cli.stack_views import first_changes, merge_summary, summary
    from stacks.apply import ask_for_approval, plan_hash
    from stacks.fleet import raise_failed

    runs = _previewed(here, fleet, refresh=refresh)
    plan = plan_hash(runs)
    centres = [run.as_data() for run in runs]
    changes = sum(len(run.changes) for run in runs)
    asks = ask and bool(changes) and not any(run.error for run in runs)
    page = merge_summary(here.city.name, runs, plan, waits=asks and here.control.production)
    data = {"centres": centres, "changes": changes, "plan": plan, "refreshed": refresh}
    here.show(data, summary(centres, note=first_changes(runs)), markdown=page)
    raise_failed(runs)
    if asks:
        ask_for_approval(here.control, fleet, runs)
    return changes


def _talk(here: Frame, runs: Sequence[CentreRun]) -> None:
    """The plan on stderr, before somebody is asked about it."""
    from cli.stack_views import first_changes
    from stacks.fleet import raise_failed

    raise_failed(runs)
    if not any(run.changes for run in runs):
        here.progress.note(_("No changes to {city}").format(city=here.city.name))
    for line in first_changes(runs).splitlines():
        here.progress.note(line)
