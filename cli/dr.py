"""`citynode dr`: how the groups stand, drills, and their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.frame import DryRun, Frame, Table, Yes, frame, noun
from ops.language import N_, WORD, _, step_name

if TYPE_CHECKING:
    from dr.drill import Stage
    from dr.plan import DrillPlan
    from dr.status import GroupStatus

app = noun("dr")
drill = noun("drill", "Drills: run one, list them, read their reports.")
app.add_typer(drill, name="drill")

Group = Annotated[str, typer.Option("--group", "-g", help="The DR group; the one whose databases are reached, if left out.")]
Drill = Annotated[str, typer.Argument(help="The drill's name; the newest if left out.")]
From = Annotated[str, typer.Option("--from", help="The site to watch from; else the province.")]


@app.command("status", epilog="Example: citynode dr status -o json")
def status(group: Annotated[str, typer.Option("--group", "-g", help="Only this group.")] = "") -> None:
    """Show for each group who is primary, how far the others are behind, and what would happen if it failed now."""
    here = frame()
    from dr.status import read_status
    from dr.store import drills_of
    from dr.unfinished import unfinished_drills

    found = read_status(here.city, here.access, drills_of(here.control), unfinished_drills(here.control), group, here.settings.lang)
    here.show({"groups": found}, _status_table(found))


@drill.command("run", epilog="Example: citynode dr drill run switchover --group g1 --to dc2")
def run(
    kind: Annotated[str, typer.Argument(help="What to rehearse: switchover.")],
    group: Group = "",
    to: Annotated[str, typer.Option("--to", help="The centre that takes over; the other one, if left out.")] = "",
    vantage: From = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Run a drill and measure it from outside; a drill that was killed is gone on with."""
    here = frame()
    from dr.drill import check_kind, choose_group

    check_kind(kind)
    stage = _stage(here)
    _run(here, stage, choose_group(stage, group), to=to, vantage=vantage, dry_run=dry_run, yes=yes)


@drill.command("failback", epilog="Example: citynode dr drill failback --group g1")
def failback(group: Group = "", vantage: From = "", dry_run: DryRun = False, yes: Yes = False) -> None:
    """Switch a group back to its first centre, as a drill."""
    here = frame()
    from dr.drill import choose_group, is_led_from

    stage = _stage(here)
    name = choose_group(stage, group)
    first = here.city.group_by_name[name].centres[0]
    if is_led_from(stage, name, first):
        note = _("nothing to do: group {group} is at its first centre").format(group=name)
        here.show({"group": name, "primary": first, "changed": False}, Table(("group", "centre"), [(name, first)], note=note))
        return
    _run(here, stage, name, to=first, vantage=vantage, dry_run=dry_run, yes=yes)


@drill.command("list", epilog="Example: citynode dr drill list")
def list_() -> None:
    """List the drills that were run, newest first, and those that have no end."""
    here = frame()
    from dr.status import slowest
    from dr.store import drills_of
    from dr.unfinished import unfinished_drills

    begun = tuple(unfinished_drills(here.control).values())
    found = drills_of(here.control).results()
    rows = [(each["drill"], each["group"], each["from"], each["to"], _word(each), slowest(each), each["lost_writes"]) for each in found]
    note = "\n".join(f"{each.group}: {each.says()}" for each in begun)
    here.show(
        {"drills": found, "unfinished": [each.as_data() for each in begun]},
        Table(("drill", "group", "from", "to", "result", "outage (s)", "lost writes"), rows, note=note),
    )


@drill.command("show", epilog="Example: citynode dr drill show")
def show(name: Drill = "") -> None:
    """Show a drill's result."""
    here = frame()
    from dr.store import drills_of

    found = drills_of(here.control).result(name)
    here.show(found, _result_table(here, found))


@drill.command("report", epilog="Example: citynode dr drill report --lang zh")
def report(name: Drill = "") -> None:
    """Say where a drill's report is, in the language of --lang."""
    here = frame()
    from dr.report import report_path
    from dr.store import drills_of

    drills = drills_of(here.control)
    found = drills.result(name)
    path = report_path(drills.folder(found["drill"]), here.settings.lang)
    here.show({"drill": found["drill"], "report": str(path)}, Table(("drill", "report"), [(found["drill"], str(path))]))


@drill.command("abort", epilog="Example: citynode dr drill abort --group g1")
def abort(group: Group = "", yes: Yes = False) -> None:
    """Give an unfinished drill up and remove what it left; who is primary stays as it is."""
    here = frame()
    from dr.drill import abort_drill, choose_group

    stage = _stage(here)
    name = choose_group(stage, group)
    if not here.access.lab:
        here.confirm(_("Remove what drills of group {group} left?").format(group=name), yes=yes)
    done = abort_drill(stage, name)
    here.show(done, Table(("removed",), [(each,) for each in done["removed"]]))


def _stage(here: Frame) -> Stage:
    from dr.drill import Stage

    return Stage(here.city, here.access, here.control)


def _run(here: Frame, stage: Stage, group: str, *, to: str, vantage: str, dry_run: bool, yes: bool) -> None:
    from dr.checks import refuse_unless_ready
    from dr.drill import check_drill, plan_drill, run_drill

    if dry_run:
        plan = plan_drill(stage, group, to=to, vantage=vantage)
        checks = check_drill(stage, plan)
        here.show(
            {
                "plan": plan,
                "hash": plan.hash,
                "checks": [each.as_data() for each in checks],
                "ready": all(each.ok or not each.must for each in checks),
            },
            _plan_table(plan, checks),
        )
        refuse_unless_ready(checks, group)
        return
    if not here.access.lab:
        here.confirm(_("Switch group {group} to its other centre?").format(group=group), yes=yes)
    result = run_drill(stage, group, to=to, vantage=vantage)
    here.show(result, _result_table(here, result))
    if not result["passed"]:
        raise typer.Exit(1)


def _word(result: dict[str, Any]) -> str:
    return _("passed") if result["passed"] else _("failed")


def _result_table(here: Frame, result: dict[str, Any]) -> Table:
    from dr.findings import say

    rows = [
        (each["name"], each["rto_seconds"], each["rpo_seconds"], each["acknowledged"], each["lost"], each["indeterminate"])
        for each in result["systems"]
    ]
    note = "\n".join(say(each, here.settings.lang) for each in result["findings"]) or _(
        "nothing was lost; one side could be written at any time; nothing was left behind"
    )
    title = f"{result['drill']}: {result['from']} -> {result['to']}: {_word(result)}"
    return Table(("system", "outage (s)", "lost time (s)", "acknowledged", "lost", "indeterminate"), rows, title=title, note=note)


def _plan_table(plan: DrillPlan, checks: Any) -> Table:
    rows = [(number, step_name(step.name), step.does, step.until, step.seconds) for number, step in enumerate(plan.steps, start=1)]
    failed = [f"{each.name}: {each.detail} ({each.hint})" for each in checks if not each.ok]
    held = _("every precondition holds now") if checks else _("it was begun and is past its preconditions; it is gone on with")
    note = "\n".join([_("plan {hash}").format(hash=plan.hash[:12]), *(failed or [held])])
    return Table(
        ("", "step", "does", "until", "at most (s)"), rows, title=f"{plan.kind} {plan.group}: {plan.source} -> {plan.target}", note=note
    )


_POSTGRES = (N_("streaming", WORD), N_("catchup", WORD), N_("sync", WORD), N_("async", WORD), N_("quorum", WORD), N_("potential", WORD))
"""What PostgreSQL calls a standby that follows."""

_MEMBER_COLUMNS = ("centre", "role", "state", "sync", "lag_bytes", "lag_seconds", "timeline")


def _status_table(found: tuple[GroupStatus, ...]) -> Table:
    rows: list[tuple[Any, ...]] = []
    notes = []
    for group in found:
        rows += [(group.group, *(getattr(member, name) for name in _MEMBER_COLUMNS)) for member in group.members]
        ready = _("ready") if group.ready else "; ".join(group.problems)
        last = group.last_drill
        seconds = f", {last['rto_seconds']} s" if last and last["rto_seconds"] is not None else ""
        drilled = f"{last['drill']} ({_word(last)}{seconds})" if last else _("never")
        notes.append(
            f"{group.group}: {ready}. {_('If it failed now')}: {group.if_failed_now}. {_('Last drill')}: {drilled}. "
            f"{_('Last backup')}: {group.last_backup}."
        )
    return Table(
        ("group", "centre", "role", "state", "sync", "lag (B)", "lag (s)", "timeline"),
        rows,
        note="\n".join(notes),
        words=("role", "state", "sync"),
    )
