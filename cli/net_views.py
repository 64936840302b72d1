"""What `citynode net` shows to people: tables only, nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.frame import Table
from network.compare import masked
from ops.language import _, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.desk import Desk
    from network.push.change import Report
    from network.push.main import PushPlan
    from network.simulate.verdict import Break
    from network.verify import Verification
    from ops.plan import JsonObject


def diff_table(desk: Desk, plan: PushPlan, broken: Sequence[Break] = ()) -> Table:
    """A row a wave and the lines of every device that differs; last, the promises that this would break."""
    waves = plan.as_data(desk)["waves"]
    rows = [(wave["name"], len(wave["devices"]), ", ".join(wave["devices"])) for wave in waves if wave["devices"]]
    lines = [f"\n{entry.device}\n{masked(desk.city, entry.device, entry.text)}" for entry in plan.to_change]
    lines += [f"\n{entry.device}: {entry.error}" for entry in plan.unreadable]
    lines += [_("\nthis would break {count} promise(s) of the plan:").format(count=len(broken))] if broken else []
    lines += [f"  {one}" for one in broken[:20]]
    count = _("{pending} of {devices} devices differ; plan {hash}").format(
        pending=len(plan.to_change), devices=len(plan.pending), hash=plan.change.plan_hash[:12]
    )
    return Table(("wave", "devices", "names"), rows, note="\n".join([count, *lines]))


def report_table(report: Report) -> Table:
    """A row a device that was touched or failed."""
    rows = [
        (outcome["device"], outcome["state"], outcome["error"] or None) for outcome in report.outcomes if outcome["state"] != "unchanged"
    ]
    note = _("{changed} of {devices} devices changed in {seconds:.1f} s").format(
        changed=len(report.changed), devices=report.devices, seconds=report.seconds
    )
    return Table(("device", "state", "problem"), rows, title=report.change_id, note=note, words=("state",))


def verify_table(found: Verification) -> Table:
    """A row a silent address, a BGP session that is not up, a dead line, a disputed gateway; below, what was measured and what differs."""
    rows = [(entry.device, entry.interface, str(entry.address), entry.observer or None) for entry in found.silent]
    rows += [(lost.device, f"BGP {lost.peer}", str(lost.address), word(lost.state)) for lost in found.lost]
    rows += [
        (line.device, f"{line.interface} - {line.peer}", "-", _("no neighbour over {family}").format(family=line.family))
        for line in found.dead
    ]
    rows += [
        (
            "/".join(entry.routers),
            entry.interface,
            str(entry.address),
            _("answered for by {names}").format(names=" ".join(entry.masters) or _("nobody")),
        )
        for entry in found.disputed
    ]
    data = found.as_data()
    counts = [f"{family}: {count['reached']}/{count['measured']}" for family, count in data["addresses"].items()]
    notes = [
        _("{devices} devices, {differing} differ; addresses that answer: {counts}").format(
            devices=data["devices"], differing=len(data["differing"]), counts=", ".join(counts)
        )
    ]
    sessions = [f"{family}: {count['up']}/{count['wanted']}" for family, count in data["sessions"].items() if count["wanted"]]
    if sessions:
        notes.append(_("BGP sessions that are up: {counts}").format(counts=", ".join(sessions)))
    lines = [f"{family}: {count['full']}/{count['wanted']}" for family, count in data["lines"].items() if count["wanted"]]
    if lines:
        notes.append(_("lines with a neighbour at their end: {counts}").format(counts=", ".join(lines)))
    gateways = [f"{family}: {count['answered']}/{count['wanted']}" for family, count in data["gateways"].items() if count["wanted"]]
    if gateways:
        notes.append(_("shared gateways that one router answers for: {counts}").format(counts=", ".join(gateways)))
    if data["differing"]:
        notes.append(_("differing: {names}").format(names=", ".join(data["differing"])))
    return Table(("device", "interface", "silent address", "measured by"), rows, note="\n".join(notes))


def changes_table(found: list[JsonObject]) -> Table:
    """A row a change."""
    rows = [
        (one["change"], one["kind"], one["author"], one["began"], ", ".join(f"{n} {word(state)}" for state, n in one["states"].items()))
        for one in found
    ]
    return Table(("change", "kind", "author", "begun", "devices"), rows)


def change_table(found: JsonObject) -> Table:
    """A row a device of one change."""
    rows = [(one["device"], one["state"], one["at"], one["error"] or None) for one in found["devices"]]
    title = f"{found['change']}: {found['kind']}, {found['author']}, {found['began']}"
    return Table(("device", "state", "at", "problem"), rows, title=title, words=("state",))
