"""`citynode net traffic`: link costs that bring the busiest line down, planned from measured or planned load and pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from cli.net_common import Override, confirm, finish, open_here
from cli.net_look import Traffic
from ops.language import _

if TYPE_CHECKING:
    from network.traffic.plan import TrafficPlan

app = noun("traffic", "Traffic: plan link costs that relieve the busiest line, and apply them.")

Floor = Annotated[float, typer.Option("--above", metavar="SHARE", min=0, max=1, help="Leave lines alone that carry less than this share.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Where chance begins: the same seed gives the same plan.")]


@app.command("plan", epilog="Example: citynode net traffic plan --traffic top.json -o json")
def plan(traffic: Traffic = None, above: Floor = 0.5, seed: Seed = 1) -> None:
    """Show costs that bring the busiest lines down, and what every line carries before and after; asks no device."""
    here = frame()
    from cli.net_traffic_views import plan_table

    found = _plan(here, traffic, above, seed)
    here.show(found.as_data(), plan_table(found))


@app.command("apply", epilog="Example: citynode net traffic apply --traffic top.json --dry-run")
def apply(
    traffic: Traffic = None, above: Floor = 0.5, seed: Seed = 1, override: Override = "", dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Plan as `net traffic plan` does, push these costs in waves, and declare them: every later push keeps them."""
    here = frame()
    _carry(here, _plan(here, traffic, above, seed), override=override, dry_run=dry_run, yes=yes)


@app.command("reset", epilog="Example: citynode net traffic reset --yes")
def reset(override: Override = "", dry_run: DryRun = False, yes: Yes = False) -> None:
    """Give every line the cost of its rate again."""
    here = frame()
    from network.desk import folder_of
    from network.rollout import load_rollout
    from network.traffic.plan import plan_reset

    found = plan_reset(here.city, load_rollout(folder_of(here.control, here.city)))
    _carry(here, found, override=override, dry_run=dry_run, yes=yes)


def _plan(here: Frame, traffic: Traffic, above: float, seed: int) -> TrafficPlan:
    from network.desk import folder_of
    from network.rollout import load_rollout
    from network.simulate.measured import read_measured
    from network.traffic.plan import plan_traffic

    here.progress.stage(_("look for better link costs"))
    measured = read_measured(here.city, traffic) if traffic else None
    return plan_traffic(here.city, load_rollout(folder_of(here.control, here.city)), measured, floor=above, seed=seed)


def _carry(here: Frame, found: TrafficPlan, *, override: str, dry_run: bool, yes: bool) -> None:
    from cli.net_traffic_views import plan_table
    from network.push.main import judged, rehearse
    from network.traffic.apply import apply as carry_out
    from network.traffic.apply import plan_apply

    desk = open_here(here)
    push = plan_apply(desk, found)
    if dry_run:
        here.show({"traffic": found.as_data(), **push.as_data(desk)}, plan_table(found))
        rehearse(push, judged(desk, push), override=override)
        return
    confirm(here, push, yes=yes)
    finish(here, lambda: carry_out(desk, push, override=override))
