"""`citynode net ipv6`: give counties IPv6, and prove both families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from network.desk import Desk
    from network.dns.server import NameServer
    from network.ipv6.shift import Shift

app = noun("ipv6", "IPv6: plan it, roll it out county by county, verify both families.")

Place = Annotated[str, typer.Option("--place", "-p", metavar="COUNTY", help="One county or zone; the whole city, if left out.")]


@app.command("plan", epilog="Example: citynode net ipv6 plan --place haifeng")
def plan(place: Place = "") -> None:
    """Show the addresses, names and waves that the city or a county would get, and the rule behind each; asks no device."""
    here = frame()
    from cli.net_ipv6_views import plan_table
    from network.ipv6.main import declared
    from network.ipv6.plan import plan_ipv6

    found = plan_ipv6(here.city, place, declared(here.control, here.city))
    here.show(found.as_data(), plan_table(found))


@app.command("rollout", epilog="Example: citynode net ipv6 rollout --place haifeng --dry-run")
def rollout(place: Place = "", dry_run: DryRun = False, yes: Yes = False) -> None:
    """Give the city or a county IPv6: routers in waves, names, both families measured; a failure puts everything back."""
    here = frame()
    from network.ipv6.main import plan_rollout

    desk, server = _open(here)
    _carry(here, desk, server, plan_rollout(desk, server, place), dry_run=dry_run, yes=yes)


@app.command("withdraw", epilog="Example: citynode net ipv6 withdraw --place haifeng")
def withdraw(
    place: Place = "",
    whole: Annotated[bool, typer.Option("--all", help="From the whole city.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take IPv6 from a county, the edge first; routers that other counties need keep it."""
    here = frame()
    if bool(place) == whole:
        raise UsageProblem(_("say from where IPv6 is to be taken"), hint=_("--place COUNTY, or --all for the whole city"))
    from network.ipv6.main import plan_withdraw

    desk, server = _open(here)
    _carry(here, desk, server, plan_withdraw(desk, server, place), dry_run=dry_run, yes=yes)


@app.command("status", epilog="Example: citynode net ipv6 status -o json")
def status() -> None:
    """Show which counties, routers and systems have IPv6 or are ready for it, and what was begun and did not end; asks no device."""
    here = frame()
    from datetime import UTC, datetime

    from cli.net_ipv6_views import status_table
    from network.ipv6.main import declared, unfinished
    from network.ipv6.readiness import devices, systems
    from network.ipv6.verify import states

    rollout, begun = declared(here.control, here.city), unfinished(here.control, here.city)
    found, routers = states(here.city, rollout, begun.place if begun else None), devices(here.city, rollout)
    services = systems(here.city, rollout, datetime.now(UTC).date())
    data = {"places": found, "routers": sorted(rollout.routers), "unfinished": begun}
    ready = {"devices": [one.as_data() for one in routers], "systems": [one.as_data() for one in services]}
    here.show({**data, **ready}, status_table(found, begun, routers, services))


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
