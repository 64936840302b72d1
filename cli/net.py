"""`citynode net`: what the extranet's routers lack, push it in waves, verify it, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from cli.net_ipv6 import app as ipv6
from ops.language import _

if TYPE_CHECKING:
    from network.desk import Desk

app = noun("net", "The extranet: diff, push, verify, roll back, roll out IPv6.")
app.add_typer(ipv6, name="ipv6")

Devices = Annotated[
    list[str] | None,
    typer.Option("--devices", "-d", metavar="NAME[,NAME]", help="Routers, roles or places (may be repeated); all of the city, if left out."),
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
    """Bring the routers to what they shall be, in waves: each is verified from outside, and rolled back where it fails."""
    here = frame()
    from cli.net_views import diff_table, report_table
    from network.push import plan_push
    from network.push import push as carry_out

    desk = open_here(here)
    plan = plan_push(desk, chosen(here, devices))
    if dry_run:
        here.show(plan.as_data(desk), diff_table(desk, plan))
        return
    if plan.to_change and not here.access.lab:
        here.confirm(_("Change {count} router(s) of {city}?").format(count=len(plan.to_change), city=here.city.name), yes=yes)
    report = carry_out(desk, plan)
    here.show(report.as_data(), report_table(report))
    report.raise_on_error()


def open_here(here: Frame) -> Desk:
    """The desk of the command that is running."""
    from network.open import open_desk

    return open_desk(here.city, here.access, here.control)


def chosen(here: Frame, devices: list[str] | None) -> tuple[str, ...]:
    """The routers that the words of `--devices` name."""
    from network.desk import select

    return select(here.city, [word for words in devices or () for word in words.split(",") if word])
