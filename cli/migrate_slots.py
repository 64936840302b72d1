"""`citynode migrate slots` and `citynode migrate plan`: what departments ask for, and the plan of waves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.frame import DryRun, Frame, Table, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from migrate.planning.plan import Plan
    from migrate.slots import Slot

slots = noun("slots", "Slots that departments ask for: request, list, show, cancel.")

SlotName = Annotated[str, typer.Argument(metavar="SLOT", help="The slot's name, or its system's.")]


@slots.command("request", epilog="Example: citynode migrate slots request archive --latest 2027-03-31")
def request(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="The system that is to move.")],
    earliest: Annotated[str, typer.Option("--earliest", metavar="DATE", help="Not before this night.")] = "",
    latest: Annotated[str, typer.Option("--latest", metavar="DATE", help="Not after this night.")] = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A line for the planners.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Ask for a system's slot; `migrate plan` then finds its night. Asking twice for the same is one request."""
    here = frame()
    from migrate.calendar import parse_date
    from migrate.slots import city_of_today, plan_slot, slots_of

    dates = {"earliest": parse_date(earliest, "--earliest"), "latest": parse_date(latest, "--latest")}
    city = city_of_today(here.city, here.control)
    wish = plan_slot(city, system, **dates, note=note, author=here.settings.author, now=datetime.now(UTC))
    slot, is_new = (wish, False) if dry_run else slots_of(here.control).request(wish)
    _show_slot(here, slot, changed=is_new)


@slots.command("list", epilog="Example: citynode migrate slots list -o json")
def list_(every: Annotated[bool, typer.Option("--all", help="Those that were taken back too.")] = False) -> None:
    """List the slots that were asked for, oldest first."""
    here = frame()
    from migrate.slots import slots_of

    book = slots_of(here.control)
    found = book.all() if every else book.standing()
    here.show({"slots": [slot.as_data() for slot in found]}, _slot_table(found))


@slots.command("show", epilog="Example: citynode migrate slots show slot-1")
def show(name: SlotName) -> None:
    """Show a slot."""
    here = frame()
    from migrate.slots import slots_of

    slot = slots_of(here.control).find(name)
    here.show(slot.as_data(), _slot_table([slot]))


@slots.command("cancel", epilog="Example: citynode migrate slots cancel slot-1")
def cancel(name: SlotName) -> None:
    """Take a slot's request back; it stays in the book as cancelled."""
    here = frame()
    from migrate.slots import slots_of

    slot, is_new = slots_of(here.control).cancel(name, author=here.settings.author, now=datetime.now(UTC))
    _show_slot(here, slot, changed=is_new)


def plan(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=52, help="How far ahead to plan.")] = 26,
    begin: Annotated[str, typer.Option("--from", metavar="DATE", help="Plan from this day on; from now, if left out.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every system that does not run on the node yet, requested or not.")] = False,
    per_window: Annotated[int, typer.Option("--per-window", min=1, max=50, help="Cutovers that the team can do in one window.")] = 4,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=3600, help="How long to look for a better plan at most.")] = 60,
    gantt: Annotated[Path | None, typer.Option("--gantt", metavar="FILE", help="Draw the plan too: .svg, .png or .pdf.")] = None,
) -> None:
    """Plan the requested systems' pre-copies and cutovers; exit code 1 when a request can't be placed."""
    here = frame()
    from migrate.calendar import parse_date
    from migrate.planning.plan import plan_waves
    from migrate.planning.rules import Rules
    from migrate.slots import city_of_today, slots_of

    city, asked = city_of_today(here.city, here.control), slots_of(here.control).standing()
    rules = Rules(weeks=weeks, per_window=per_window, seconds=seconds)
    made = plan_waves(city, asked, now=datetime.now(UTC), begin=parse_date(begin, "--from"), every=every, rules=rules)
    if gantt is not None:
        from migrate.planning.gantt import draw

        draw(made, gantt, {system.name: getattr(system.title, here.settings.lang) for system in city.systems})
    here.show(made.as_data(), _plan_table(made))
    if made.unplaced:
        raise typer.Exit(1)


def _show_slot(here: Frame, slot: Slot, *, changed: bool) -> None:
    here.show({**slot.as_data(), "changed": changed}, _slot_table([slot]))


def _slot_table(found: Any) -> Table:
    rows = [
        (slot.name, slot.system, slot.department, _date(slot.earliest), _date(slot.latest), slot.state, slot.author, slot.note)
        for slot in found
    ]
    return Table(("slot", "system", "department", "earliest", "latest", "state", "author", "note"), rows, words=("state",))


def _date(value: Any) -> str:
    return value.isoformat() if value else "-"


def _plan_table(made: Plan) -> Table:
    rows = [
        (
            planned.window, planned.system, planned.department, _moment(planned.precopy_start), _moment(planned.precopy_end),
            _moment(planned.cutover_start), _moment(planned.cutover_end), _date(planned.latest), planned.slot,
        )
        for planned in made.slots
    ]  # fmt: skip
    status = _("optimal") if made.status == "optimal" else _("feasible")
    title = _("{count} systems in {nights} nights: {status}, gap {gap:.1%}, {seconds:.1f} s; plan {hash}").format(
        count=len(made.slots), nights=len(made.waves), status=status, gap=made.gap, seconds=made.solve_seconds, hash=made.hash[:12]
    )
    columns = ("night", "system", "department", "pre-copy from", "until", "cutover from", "until", "latest", "slot")
    return Table(columns, rows, title=title, note=_plan_note(made))


def _plan_note(made: Plan) -> str:
    if not (made.slots or made.unplaced):
        return _("nobody has asked for a slot: citynode migrate slots request SYSTEM, or --all")
    lines = []
    for refusal in made.unplaced:
        told = refusal.as_data()
        lines.append(_("{system} has no place: {why}; what would resolve it: {resolve}").format_map(told))
    return "\n".join(lines)


def _moment(value: datetime | None) -> str:
    return f"{value:%m-%d %H:%M}" if value else "-"
