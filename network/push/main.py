"""From the city to its routers: read, compare, plan, apply in waves. The flow of `citynode net push`, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from network.compare import Compared, Pending, compare, raise_unreadable, targets
from network.desk import Desk
from network.push.change import Change, Report, begun, carry_out, make_change
from network.push.journal import KNOWN_CHANGES, left_on_trial
from network.push.plan import Order, named_waves, waves
from network.rollout import Rollout
from network.simulate.main import gate
from network.simulate.verdict import Verdict
from network.tree import Tree
from network.wiring import remember
from ops.language import N_, WORD, _
from ops.plan import JsonObject, digest


@dataclass(frozen=True, slots=True)
class PushPlan(Compared):
    """What a push would do."""

    change: Change
    pending: tuple[Pending, ...]

    @property
    def is_clean(self) -> bool:
        return not self.to_change and not self.unreadable

    def as_data(self, desk: Desk) -> JsonObject:
        """The plan as it is printed and approved: waves, and the lines of every device, without secrets."""
        found = {entry.device: entry for entry in self.pending}
        return {
            "plan": self.change.plan_hash,
            "devices": len(self.pending),
            "pending": len(self.to_change),
            "waves": [
                {"name": wave.name, "devices": left}
                for wave in self.change.waves
                if (left := [name for name in wave.devices if not _is_done(found[name])])
            ],
            **self.differences(desk.city),
        }


def plan_push(
    desk: Desk, names: Sequence[str], *, only: Sequence[str] = (), rollout: Rollout | None = None, keep: bool = False
) -> PushPlan:
    """Read the devices and plan what brings them to the city's intent; of the plan's waves only those named, if any are.

    `keep` leaves the sessions open for the push that follows.
    """
    state = rollout if rollout is not None else desk.rollout
    chosen = named_waves(waves(desk.city, names), only)
    inside = tuple(name for name in names if any(name in wave.devices for wave in chosen))
    plan = plan_targets(desk, targets(desk.city, state, inside), rollout=state, keep=keep)
    return replace(plan, change=replace(plan.change, waves=chosen)) if only else plan


def plan_targets(
    desk: Desk,
    wanted: Mapping[str, Tree],
    *,
    rollout: Rollout,
    kind: str = "net-push",
    order: Order = Order.EDGE_FIRST,
    of: str = "",
    keep: bool = False,
) -> PushPlan:
    """Read the devices and plan what brings them to these targets."""
    desk.control.progress.stage(_("compare {count} devices").format(count=len(wanted)))
    found = compare(desk, wanted, keep=keep)
    lines = digest({entry.device: [entry.text, *entry.patch.commands] for entry in found if entry.patch})
    return PushPlan(make_change(desk, kind, wanted, rollout=rollout, order=order, of=of, lines=lines), found)


def push(desk: Desk, plan: PushPlan, *, override: str = "") -> Report:
    """Carry the plan out; a device that holds its target already isn't touched.

    PolicyRefused where that would break the plan's promises, unless `override` says why it may; the reason lands in the trail.
    A change that died half-way is taken up even when every device looks right: its last devices are still unverified. So are those that
    another change, killed, left on trial.
    """
    with closing(desk.kept):
        is_begun = has_unfinished(desk, plan.change)
        if plan.is_clean and not is_begun and not is_on_trial(desk, plan.change):
            return Report("", len(plan.pending))
        if not is_begun:
            keep_promises(desk, plan, override=override)
        remember(desk.city, desk.folder)
        return carry_out(desk, plan.change)


def judged(desk: Desk, plan: PushPlan) -> Verdict | None:
    """What the plan does to the promises; None where nothing changes."""
    return gate(desk, plan.pending, plan.change.targets)


def rehearse(plan: PushPlan, verdict: Verdict | None, *, override: str = "") -> None:
    """Refuse what carrying the plan out would refuse: routers that can't be read, and promises that break. Changes nothing."""
    raise_unreadable(plan.pending)
    if verdict is not None and not override.strip():
        verdict.raise_on_error()


def keep_promises(desk: Desk, plan: PushPlan, *, override: str = "") -> None:
    """Refuse a plan that breaks promises, or write down who let it, and why."""
    verdict = judged(desk, plan)
    if verdict is None or not verdict.broken:
        return
    if not override.strip():
        verdict.raise_on_error()
    desk.control.trail.append(
        who=desk.control.author, action=f"{plan.change.kind}.override", subject=plan.change.subject, outcome=N_("overridden", WORD),
        plan_hash=plan.change.plan_hash, facts={"reason": override.strip(), "broken": [str(one) for one in verdict.broken[:50]]},
    )  # fmt: skip


def has_unfinished(desk: Desk, change: Change) -> bool:
    """Whether this very change was begun and did not end."""
    return begun(desk, change) is not None


def is_on_trial(desk: Desk, change: Change) -> bool:
    """Whether a device of the change was left on trial by one that was killed: it would go back although it looks right."""
    return any(name in change.targets for name in left_on_trial(desk.journal.changes()[-KNOWN_CHANGES:]))


def _is_done(entry: Pending) -> bool:
    """Whether the device was read and lacks nothing."""
    return entry.error is None and not entry.patch
