"""A traffic plan on the routers: the costs pushed like any other change, and declared once they stand.

Declared last: where a wave fails, those routers are back and nothing new is declared, so that `net diff` shows what is left
over and the same command goes on.
"""

from __future__ import annotations

from dataclasses import replace

from network.compare import targets
from network.desk import Desk
from network.push.change import Report, carry_out
from network.push.main import PushPlan, has_unfinished, is_on_trial, keep_promises, plan_targets
from network.rollout import shift_rollout
from network.traffic.plan import TrafficPlan
from ops.durable import Run, Step
from ops.plan import JsonObject

KIND = "net-traffic"


def plan_apply(desk: Desk, plan: TrafficPlan) -> PushPlan:
    """Read the routers whose costs change, and plan their lines."""
    after = replace(desk.rollout, costs=plan.costs)
    return plan_targets(desk, targets(desk.city, after, plan.routers), rollout=after, kind=KIND)


def apply(desk: Desk, push: PushPlan, *, override: str = "") -> Report:
    """Carry it out; afterwards these costs are the declared ones."""
    change = push.change
    is_begun = has_unfinished(desk, change)
    if push.is_clean and not is_begun and change.rollout == desk.rollout and not is_on_trial(desk, change):
        return Report("", len(push.pending))
    if not is_begun:
        keep_promises(desk, push, override=override)

    def declare(_run: Run) -> JsonObject:
        shift_rollout(desk.folder, change.rollout_before, change.rollout)
        return {"costs": len(change.rollout.costs)}

    return carry_out(desk, change, after=(Step("declare", declare),))
