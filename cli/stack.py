"""`citynode stack`: the centres as Pulumi stacks - what would change, change it, what was changed behind our back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Table, Yes, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.plan import JsonObject
    from stacks.change import CentreRun, Change
    from stacks.fleet import Fleet

app = noun("stack", "The centres by Pulumi: preview, up, drift, destroy.")

Centres = Annotated[list[str] | None, typer.Option("--centre", "-c", help="Only this centre (may be repeated); all, if left out.")]
Force = Annotated[bool, typer.Option("--force", help="Take fields that another field manager owns.")]
SHOWN = 30


@app.command("preview", epilog="Example: citynode stack preview --centre dc1 -o json")
def preview(centre: Centres = None) -> None:
    """Show what an up would change; changes nothing, and exits 7 if it would change anything."""
    here = frame()
    if _preview(here, _fleet(here, centre)):
        raise typer.Exit(7)


@app.command("up", epilog="Example: citynode stack up --centre dc1 --yes")
def up(centre: Centres = None, dry_run: DryRun = False, yes: Yes = False, force: Force = False) -> None:
    """Make the centres as declared: foundation and landing zones; heals drift, and goes on with a run that was killed."""
    here = frame()
    fleet = _fleet(here, centre, force=force)
    if dry_run:
        _preview(here, fleet)
        return
    planned: Sequence[CentreRun] = ()
    if here.control.production or not yes:
        planned = _previewed(here, fleet)
        _talk(here, planned)
        here.confirm(_("Apply this to {city}?").format(city=here.city.name), yes=yes)
    from stacks.apply import up as apply_up

    here.progress.stage(_("bringing {count} centre(s) up").format(count=len(fleet.members)))
    done = apply_up(here.control, fleet, planned)
    here.show(done, _summary(done["centres"], done["seconds"]))


@app.command("drift", epilog="Example: citynode stack drift -o json")
def drift(centre: Centres = None) -> None:
    """Show where the clusters are not as they were deployed; changes nothing, and exits 7 if there is any."""
    here = frame()
    from stacks.fleet import raise_failed

    fleet = _fleet(here, centre)
    here.progress.stage(_("reading {count} centre(s)").format(count=len(fleet.members)))
    runs = fleet.each(lambda stack, told: stack.drift(told))
    drifted = any(run.changes or not run.deployed for run in runs)
    here.show({"drift": drifted, "centres": [run.as_data() for run in runs]}, _drift_table(runs))
    raise_failed(runs)
    if drifted:
        raise typer.Exit(7)


@app.command("destroy", epilog="Example: citynode stack destroy --centre dc3")
def destroy(centre: Centres = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove the zones and the foundation from the centres' clusters, with everything that runs in them."""
    here = frame()
    fleet = _fleet(here, centre)
    names = ", ".join(member.site.name for member in fleet.members)
    if dry_run:
        from stacks.fleet import declared

        counts = [(member.site.name, len(declared(here.city, member.site))) for member in fleet.members]
        here.show({"centres": [{"name": name, "delete": count} for name, count in counts]}, Table(("centre", "delete"), counts))
        return
    here.confirm(_("Remove every zone of {city} at {names}, with everything in it?").format(city=here.city.name, names=names), yes=yes)
    from stacks.apply import destroy as apply_destroy

    here.progress.stage(_("removing {names}").format(names=names))
    done = apply_destroy(here.control, fleet)
    here.show(done, _summary(done["centres"], done["seconds"]))


@app.command("outputs", epilog="Example: citynode stack outputs --centre dc1 -o json")
def outputs(centre: Centres = None) -> None:
    """Show what the stacks say of themselves: the cluster and the zones that are deployed."""
    here = frame()
    fleet = _fleet(here, centre)
    found = fleet.outputs()
    rows = [(name, str(values.get("cluster", "")), len(values.get("zones", []))) for name, values in found]
    here.show({"centres": [{"name": name, **values} for name, values in found]}, Table(("centre", "cluster", "zones"), rows))


def _fleet(here: Frame, centres: list[str] | None, *, force: bool = False) -> Fleet:
    from stacks.placement import centre_named

    for name in centres or ():
        centre_named(here.city, name)
    access = here.access
    from engines.resolve import ensure

    pulumi = ensure(["pulumi"], here.progress)["pulumi"]
    from stacks.fleet import assemble

    return assemble(here.city, access, centres or (), state=here.settings.state, pulumi=pulumi, progress=here.progress, force=force)


def _previewed(here: Frame, fleet: Fleet) -> Sequence[CentreRun]:
    here.progress.stage(_("comparing {count} centre(s) with what is declared").format(count=len(fleet.members)))
    return fleet.each(lambda stack, told: stack.preview(told))


def _preview(here: Frame, fleet: Fleet) -> int:
    """How many changes there are, shown."""
    from stacks.apply import plan_hash
    from stacks.fleet import raise_failed

    runs = _previewed(here, fleet)
    centres = [run.as_data() for run in runs]
    changes = sum(len(run.changes) for run in runs)
    here.show({"centres": centres, "changes": changes, "plan": plan_hash(runs)}, _summary(centres, note=_lines(runs)))
    raise_failed(runs)
    return changes


def _talk(here: Frame, runs: Sequence[CentreRun]) -> None:
    """The plan on stderr, before somebody is asked about it."""
    from stacks.fleet import raise_failed

    raise_failed(runs)
    for line in _lines(runs).splitlines():
        here.progress.note(line)


def _summary(centres: Sequence[JsonObject], seconds: float | None = None, *, note: str = "") -> Table:
    columns = ("changes", "create", "update", "replace", "delete", "objects", "seconds")
    rows = [(each["name"], *(each[column] for column in columns)) for each in centres]
    if seconds is not None:
        note = _("done in {seconds} s").format(seconds=seconds)
    return Table(("centre", *columns), rows, note=note)


def _lines(runs: Sequence[CentreRun]) -> str:
    """The first changes, one a line."""
    lines = ["\n".join((f"{run.name}  {change.action}  {change.title}", *_details(change))) for run in runs for change in run.changes]
    more = [_("… and {count} more; -o json lists all").format(count=len(lines) - SHOWN)] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])


def _details(change: Change) -> tuple[str, ...]:
    return tuple(f"      {prop.text}: {prop.before} -> {prop.after}" for prop in change.properties)


def _drift_table(runs: Sequence[CentreRun]) -> Table:
    rows: list[tuple[str, ...]] = []
    for run in runs:
        if not run.deployed and run.error is None:
            rows.append((run.name, "", _("never deployed"), "", "", ""))
        for change in run.changes:
            if not change.properties:
                found = _("gone") if change.action == "delete" else str(change.action)
                rows.append((run.name, change.zone, change.title, "", _("there"), found))
            rows.extend((run.name, change.zone, change.title, prop.text, str(prop.before), str(prop.after)) for prop in change.properties)
    return Table(("centre", "zone", "object", "property", "declared", "found"), rows)
