"""`citynode net ipv6`: give counties IPv6, and prove both families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from network.desk import Desk
    from network.dns import NameServer
    from network.ipv6.shift import Shift

app = noun("ipv6", "IPv6: plan it, roll it out county by county, verify both families.")

Place = Annotated[str, typer.Option("--place", "-p", metavar="COUNTY", help="The county or zone.")]


@app.command("plan", epilog="Example: citynode net ipv6 plan --place haifeng")
def plan(place: Place) -> None:
    """Show the addresses, names and waves that a county would get, and the rule behind each; asks no device."""
    here = frame()
    from cli.net_ipv6_views import plan_table
    from network.ipv6.main import declared
    from network.ipv6.plan import plan_ipv6

    found = plan_ipv6(here.city, place, declared(here.control, here.city))
    here.show(found.as_data(), plan_table(found))


@app.command("rollout", epilog="Example: citynode net ipv6 rollout --place haifeng --dry-run")
def rollout(place: Place, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Give a county IPv6: routers in waves, names, both families measured; a failure puts everything back."""
    here = frame()
    from network.ipv6.main import plan_rollout

    desk, server = _open(here)
    _carry(here, desk, server, plan_rollout(desk, server, place), dry_run=dry_run, yes=yes)


@app.command("withdraw", epilog="Example: citynode net ipv6 withdraw --place haifeng")
def withdraw(place: Place, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Take IPv6 from a county, the edge first; routers that other counties need keep it."""
    here = frame()
    from network.ipv6.main import plan_withdraw

    desk, server = _open(here)
    _carry(here, desk, server, plan_withdraw(desk, server, place), dry_run=dry_run, yes=yes)


@app.command("status", epilog="Example: citynode net ipv6 status -o json")
def status() -> None:
    """Show which counties carry IPv6, by declaration, and what was begun and did not end; asks no device."""
    here = frame()
    from cli.net_ipv6_views import status_table
    from network.ipv6.main import declared, unfinished
    from network.ipv6.verify import states

    rollout, begun = declared(here.control, here.city), unfinished(here.control, here.city)
    found = states(here.city, rollout)
    here.show({"places": found, "routers": sorted(rollout.routers), "unfinished": begun}, status_table(found, begun))


@app.command("verify", epilog="Example: citynode net ipv6 verify -o json")
def verify(place: Annotated[str, typer.Option("--place", "-p", metavar="COUNTY", help="Only this county or zone.")] = "") -> None:
    """Measure every town against every centre in both families, and compare routers and names with what was declared."""
    here = frame()
    from cli.net_ipv6_views import verdict_table
    from network.ipv6.verify import verify as judge

    desk, server = _open(here)
    found = judge(desk, server, place)
    here.show(found.as_data(), verdict_table(found))
    found.raise_on_error()


def _open(here: Frame) -> tuple[Desk, NameServer | None]:
    from network.ipv6.main import name_server
    from network.open import open_desk

    return open_desk(here.city, here.access, here.control), name_server(here.access)


def _carry(here: Frame, desk: Desk, server: NameServer | None, shift: Shift, *, dry_run: bool, yes: bool) -> None:
    from cli.net_ipv6_views import report_table, shift_table
    from network.ipv6.main import carry_out

    if dry_run:
        here.show(shift.as_data(here.city), shift_table(here.city, shift))
        return
    if not shift.is_clean and not here.access.lab:
        here.confirm(_("Change {count} router(s) of {city}?").format(count=len(shift.to_change), city=here.city.name), yes=yes)
    report = carry_out(desk, server, shift)
    here.show(report.as_data(), report_table(report))
    report.raise_on_error()
