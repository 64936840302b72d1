"""Bring devices back to what they held before a change: a change of its own, as durable and as careful as the first.

Also for a device that a change left `stuck`, and for a change that never ended: that one is given up first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from network.compare import snapshot_target
from network.desk import Desk
from network.push.change import Report, carry_out, unfinished
from network.push.journal import KEPT, ChangeLog, standing, touched_by
from network.push.main import PushPlan, has_unfinished, plan_targets
from network.rollout import Rollout, shift_rollout
from network.tree import Tree
from ops.durable import Run, Step
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject

KIND = "net-rollback"


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """Whose snapshots devices go back to, and what that changes."""

    of: str
    push: PushPlan


def plan_rollback(desk: Desk, change_id: str = "", names: Sequence[str] = ()) -> RollbackPlan:
    """Read the devices and plan their way back; all that the change touched, unless some are named."""
    log = desk.journal.find(change_id)
    chosen = _chosen(log, names)
    _check_kind(desk, log, chosen)
    wanted: dict[str, Tree] = {}
    for name in chosen:
        if (text := log.before(name)) is not None:
            wanted[name] = snapshot_target(desk.city, name, text)
    plan = plan_targets(desk, wanted, rollout=_rollout(desk, log, chosen), kind=KIND, of=log.change_id)
    own = unfinished(desk, plan.change)
    _check_last(desk, log, [entry.device for entry in plan.to_change], own=own.change_id if own else "")
    return RollbackPlan(log.change_id, plan)


def roll_back(desk: Desk, plan: RollbackPlan) -> Report:
    """Carry it out; afterwards the declared IPv6 state is the one from before the change, too.

    The way back asks for nobody's consent: whoever went without a net on the way there gave it.
    """
    desk = replace(desk, care=replace(desk.care, accept_emulation=True))
    change = plan.push.change
    extra: JsonObject = {"of": plan.of}
    if plan.push.is_clean and change.rollout == desk.rollout and not has_unfinished(desk, change) and not _unfinished(desk, plan.of):
        return Report("", len(plan.push.pending), extra=extra)

    def give_up(_run: Run) -> JsonObject:
        _give_up(desk, plan.of)
        return extra

    def declare(_run: Run) -> JsonObject:
        shift_rollout(desk.folder, change.rollout_before, change.rollout)
        return {}

    return carry_out(desk, change, before=(Step("give-up", give_up),), after=(Step("declare", declare),))


def _chosen(log: ChangeLog, names: Sequence[str]) -> tuple[str, ...]:
    touched = touched_by(log)
    found = tuple(name for name in touched if not names or name in names)
    if not found:
        raise UsageProblem(
            _("{change} changed none of these routers").format(change=log.change_id),
            hint=_("it changed {names}").format(names=listed(touched, 8)) if touched else _("citynode net history lists changes"),
        )
    return found


def _check_kind(desk: Desk, log: ChangeLog, chosen: Sequence[str]) -> None:
    """Refuse to take routers out of an IPv6 shift that ended: its names would stay, and lead to addresses that nobody has."""
    verb, place = log.facts.get("verb"), log.facts.get("place")
    states = log.states()
    if verb and not _unfinished(desk, log.change_id) and any(states[name]["state"] == KEPT for name in chosen):
        other = "withdraw" if verb == "rollout" else "rollout"
        raise PolicyRefused(
            _("{change} gave routers and names IPv6, or took it from them: both go back together").format(change=log.change_id),
            why=_("a rollback knows routers only"),
            hint=f"citynode net ipv6 {other} --place {place}" if place else f"citynode net ipv6 {other}",
        )


def _check_last(desk: Desk, log: ChangeLog, names: Sequence[str], *, own: str) -> None:
    """Refuse to take a change back over another that came after it: the later one would be lost without a word.

    The way back itself, begun and killed, is no later change; nor is one that was taken back itself.
    """
    changes = desk.journal.changes()
    held = standing(changes)
    position = [other.change_id for other in changes].index(log.change_id)
    for later in reversed(changes[position + 1 :]):
        both = [name for name in names if later.change_id in held.get(name, ()) and later.change_id != own]
        if both:
            raise PolicyRefused(
                _("{names} changed again after {change}").format(names=listed(both), change=log.change_id),
                why=_("{later} of {began} would be undone with it").format(later=later.change_id, began=later.facts["began"]),
                hint=f"citynode net rollback --change {later.change_id}",
                later=later.change_id,
            )


def _rollout(desk: Desk, log: ChangeLog, chosen: Sequence[str]) -> Rollout:
    """The declared state without what the change had added to it for these devices."""
    now = replace(desk.rollout, costs=_costs(desk, log, chosen))
    before = log.facts.get("ipv6_before")
    if before is None:
        return now
    added = frozenset(chosen) - frozenset(before["routers"])
    if not added & now.routers:
        return now
    return replace(now, routers=now.routers - added, places=now.places - {str(log.facts.get("place", ""))})


def _costs(desk: Desk, log: ChangeLog, chosen: Sequence[str]) -> dict[str, int]:
    """The declared link costs, those of the devices' links as they were before the change."""
    now, before = desk.rollout.costs, log.facts.get("costs_before", desk.rollout.costs)
    mine = {link.name for name in chosen for link in desk.city.links_of(name)}
    return {link: cost for costs, is_mine in ((now, False), (before, True)) for link, cost in costs.items() if (link in mine) is is_mine}


def _unfinished(desk: Desk, change_id: str) -> bool:
    from ops.record import Record

    return any(run.change_id == change_id for run in Record.open(desk.control).runs(unfinished=True))


def _give_up(desk: Desk, change_id: str) -> None:
    """A change that is taken back must not be taken up again."""
    from ops.record import Record

    record = Record.open(desk.control)
    for run in record.runs(unfinished=True):
        if run.change_id == change_id:
            record.abandon(run)
            desk.control.trail.append(
                who=desk.control.author, action=run.kind, subject=run.subject, outcome="abandoned", plan_hash=run.plan_hash,
                facts={"change_id": run.change_id, "steps_done": list(run.done)},
            )  # fmt: skip
