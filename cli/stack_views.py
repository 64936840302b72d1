"""What `citynode stack` shows: tables for people, and the Markdown summary that a merge request is judged by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from cli.render import Table, to_markdown
from ops.language import N_, _

if TYPE_CHECKING:
    from ops.plan import JsonObject
    from stacks.engine.change import CentreRun, Change
    from stacks.engine.lock import Holder

SHOWN = 30
"""Changes that a table lists; JSON and Markdown have all of them."""
ACTIONS = (N_("create"), N_("update"), N_("replace"), N_("delete"))


def summary(centres: Sequence[JsonObject], seconds: float | None = None, *, note: str = "") -> Table:
    """One row a centre: how much changes."""
    columns = (N_("changes"), *ACTIONS, N_("objects"), N_("seconds"))
    rows = [(each["name"], *(each[column] for column in columns)) for each in centres]
    if seconds is not None:
        note = _("done in {seconds} s").format(seconds=seconds)
    return Table(("centre", *columns), rows, note=note)


def first_changes(runs: Sequence[CentreRun]) -> str:
    """The first changes, one a line."""
    lines = ["\n".join((f"{run.name}  {_(change.action)}  {change.title}", *_details(change))) for run in runs for change in run.changes]
    more = [_("… and {count} more; -o json lists all").format(count=len(lines) - SHOWN)] if len(lines) > SHOWN else []
    leave = [f"{run.name}  {_('allowed')}  {verdict}" for run in runs for verdict in run.verdicts]
    return "\n".join([*leave, *lines[:SHOWN], *more])


def drift_table(runs: Sequence[CentreRun]) -> Table:
    """One row a property that isn't as it was deployed, with both values."""
    rows: list[tuple[str, ...]] = []
    for run in runs:
        if not run.deployed and run.error is None:
            rows.append((run.name, "", _("never deployed"), "", "", ""))
        for change in run.changes:
            if not change.properties:
                found = _("gone") if change.action == "delete" else _(change.action)
                rows.append((run.name, change.zone, change.title, "", _("there"), found))
            rows.extend((run.name, change.zone, change.title, prop.text, str(prop.before), str(prop.after)) for prop in change.properties)
    return Table(("centre", "zone", "object", "property", "declared", "found"), rows)


def lock_table(held: Sequence[tuple[str, Holder]], now: datetime) -> Table:
    """One row a lock: whose, since when, and what speaks for waiting."""
    rows = [(centre, f"{who.user}@{who.host}", who.pid, _age(who.age(now)), "; ".join(who.reasons_to_wait(now))) for centre, who in held]
    return Table(("centre", "held by", "pid", "age", "why wait"), rows)


def _age(age: timedelta) -> str:
    return str(timedelta(seconds=round(age.total_seconds())))


def merge_summary(city: str, runs: Sequence[CentreRun], plan: str, *, waits: bool = False) -> str:
    """The summary for a merge request: the plan's hash, counts a centre, every change folded away by zone, and what went wrong.

    Only a plan that waits for approval is one that people can be told to approve.
    """
    changes = sum(len(run.changes) for run in runs)
    said = _("{count} change(s) to {city}") if changes else _("No changes to {city}")
    lines = [f"### {said.format(count=changes, city=city)}", ""]
    named = _("Plan `{plan}`. Approve exactly this: `citynode approve accept {plan}`") if waits else _("Plan `{plan}`")
    lines += [named.format(plan=plan[:12]), ""] if changes else []
    centres = [run.as_data() for run in runs]
    columns = (N_("objects"), *ACTIONS)
    lines.append(to_markdown(Table(("centre", *columns), [(each["name"], *(each[column] for column in columns)) for each in centres])))
    for run in runs:
        if run.error is not None:
            lines += [f"> **{run.name}**: {' '.join(str(run.error).split())}", ""]
        lines += [f"> **{run.name}** {_('allowed')}: {verdict}\n" for verdict in run.verdicts]
    for zone, block in _by_zone(runs):
        lines += _folded(zone, block)
    return "\n".join(lines).rstrip("\n") + "\n"


def _by_zone(runs: Sequence[CentreRun]) -> Iterator[tuple[str, list[tuple[str, Change]]]]:
    """The changes of one zone in all centres together, the foundation's first."""
    found = sorted(((change.zone, run.name, change) for run in runs for change in run.changes), key=lambda entry: entry[:2])
    for zone, entries in groupby(found, key=lambda entry: entry[0]):
        yield zone, [(centre, change) for _zone, centre, change in entries]


def _folded(zone: str, block: Sequence[tuple[str, Change]]) -> list[str]:
    """One block that opens on a click; a diff shows what was and what will be."""
    title = zone or _("foundation")
    counts = [(action, sum(change.action == action for _centre, change in block)) for action in ACTIONS]
    counted = ", ".join(f"{count} {_(action)}" for action, count in counts if count)
    lines = ["<details>", f"<summary><b>{title}</b>: {counted}</summary>", "", "```diff"]
    for centre, change in block:
        lines.append(f"{_SIGNS[change.action]} {centre} {_(change.action)} {change.title}")
        for prop in change.properties:
            lines += [f"-   {prop.text}: {_one_line(prop.before)}"] if prop.before is not None else []
            lines += [f"+   {prop.text}: {_one_line(prop.after)}"] if prop.after is not None else []
    return [*lines, "```", "", "</details>", ""]


_SIGNS = {"create": "+", "update": "!", "replace": "!", "delete": "-"}
"""How a diff colours a line."""


def _one_line(value: object) -> str:
    return " ".join(str(value).replace("```", "'''").split())


def _details(change: Change) -> tuple[str, ...]:
    return tuple(f"      {prop.text}: {prop.before} -> {prop.after}" for prop in change.properties)
