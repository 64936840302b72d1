"""`citynode net`: what the extranet's routers lack, push it in waves, verify it, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from cli.net_ipv6 import app as ipv6
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from network.change import Report
    from network.desk import Desk
    from network.push import PushPlan

app = noun("net", "The extranet: diff, push, verify, roll back, roll out IPv6.")
app.add_typer(ipv6, name="ipv6")

Devices = Annotated[
    list[str] | None,
    typer.Option(
        "--devices", "-d", metavar="NAME[,NAME]", help="Routers, roles or places (may be repeated); all of the city, if left out."
    ),
]


@app.command("diff", epilog="Example: citynode net diff --devices core1,haifeng -o json")
def diff(devices: Devices = None) -> None:
    """Compare the routers with what they shall be; changes nothing, and exits 7 where anything differs."""
    here = frame()
    from cli.net_views import diff_table
    from network.compare import raise_unreadable
    from network.push import plan_push

    desk = open_here(here)
    plan = plan_push(desk, chosen(here, devices))
    here.show(plan.as_data(desk), diff_table(desk, plan))
    raise_unreadable(plan.pending)
    if plan.to_change:
        raise typer.Exit(7)


@app.command("push", epilog="Example: citynode net push --devices haifeng --dry-run")
def push(devices: Devices = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Bring routers to what they shall be, in waves: each is verified from outside, and rolled back where it fails."""
    here = frame()
    from cli.net_views import diff_table
    from network.push import plan_push
    from network.push import push as carry_out

    desk = open_here(here)
    plan = plan_push(desk, chosen(here, devices))
    if dry_run:
        here.show(plan.as_data(desk), diff_table(desk, plan))
        return
    _confirm(here, plan, yes=yes)
    _finish(here, lambda: carry_out(desk, plan))


@app.command("verify", epilog="Example: citynode net verify --devices haifeng -o json")
def verify(
    devices: Devices = None,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0, help="Go on asking silent addresses for so long.")] = 0.0,
) -> None:
    """Compare configuration, and let routers measure each other's addresses in the families that they carry; changes nothing."""
    here = frame()
    from cli.net_views import verify_table
    from network.verify import verify as measure

    found = measure(open_here(here), chosen(here, devices), patience=wait)
    here.show(found.as_data(), verify_table(found))
    found.raise_on_error()


@app.command("rollback", epilog="Example: citynode net rollback --change chg-20261125-172531-f45076 --devices core1")
def rollback(
    change: Annotated[str, typer.Option("--change", metavar="ID", help="The change to take back; the last one, if left out.")] = "",
    devices: Devices = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Bring routers back to what they held before a change; also those that a change left stuck, or that was never ended."""
    here = frame()
    from cli.net_views import diff_table
    from network.rollback import plan_rollback, roll_back

    desk = open_here(here)
    plan = plan_rollback(desk, change, chosen(here, devices) if devices else ())
    if dry_run:
        here.show({"of": plan.of, **plan.push.as_data(desk)}, diff_table(desk, plan.push))
        return
    _confirm(here, plan.push, yes=yes)
    _finish(here, lambda: roll_back(desk, plan))


@app.command("history", epilog="Example: citynode net history chg-20261125-172531-f45076")
def history(change: Annotated[str, typer.Argument(help="A change id: what became of each of its routers.")] = "") -> None:
    """List the changes of the network that were made from here, the newest first, or the routers of one."""
    here = frame()
    from cli.net_views import change_table, changes_table
    from network.desk import journal_of
    from network.history import change_data, changes_data

    journal = journal_of(here.city, here.control)
    if change:
        data = change_data(journal.find(change))
        here.show(data, change_table(data))
        return
    found = changes_data(journal)
    here.show({"changes": found}, changes_table(found))


def open_here(here: Frame) -> Desk:
    """The desk of the command that is running."""
    from network.open import open_desk

    return open_desk(here.city, here.access, here.control)


def chosen(here: Frame, devices: list[str] | None) -> tuple[str, ...]:
    """The routers that the words of `--devices` name."""
    from network.desk import select

    return select(here.city, [word for words in devices or () for word in words.split(",") if word])


def _confirm(here: Frame, plan: PushPlan, *, yes: bool) -> None:
    """Ask before a real city is changed; a lab may be."""
    if plan.to_change and not here.access.lab:
        here.confirm(_("Change {count} router(s) of {city}?").format(count=len(plan.to_change), city=here.city.name), yes=yes)


def _finish(here: Frame, work: Callable[[], Report]) -> None:
    """Do the work and show what it did, also where it was stopped on the way."""
    from cli.net_views import report_table
    from network.change import Report

    try:
        report = work()
    except CitynodeError as stop:
        if isinstance(until := stop.facts.get("report"), Report):
            here.show(until.as_data(), report_table(until))
        raise
    here.show(report.as_data(), report_table(report))
    report.raise_on_error()
