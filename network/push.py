"""From the city to its routers: read, compare, plan, apply in waves. The flow of `citynode net push`, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from network.change import Change, Report, begun, carry_out, make_change
from network.compare import Pending, compare, masked, targets
from network.desk import Desk
from network.plan import Order
from network.rollout import Rollout
from network.tree import Tree
from ops.language import _
from ops.plan import JsonObject, digest


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push would do."""

    change: Change
    pending: tuple[Pending, ...]

    @property
    def to_change(self) -> tuple[Pending, ...]:
        return tuple(entry for entry in self.pending if entry.patch)

    @property
    def unreadable(self) -> tuple[Pending, ...]:
        return tuple(entry for entry in self.pending if entry.error is not None)

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
            "changes": [
                {"device": entry.device, "diff": masked(desk.city, entry.device, entry.text), "disruptive": entry.patch.is_disruptive}
                for entry in self.to_change
            ],
            "unreachable": [{"device": entry.device, "error": str(entry.error)} for entry in self.unreadable],
        }


def plan_push(
    desk: Desk, names: Sequence[str], *, rollout: Rollout | None = None, kind: str = "net-push", order: Order = Order.EDGE_FIRST
) -> PushPlan:
    """Read the devices and plan what brings them to the city's intent."""
    state = rollout if rollout is not None else desk.rollout
    return plan_targets(desk, targets(desk.city, state, names), rollout=state, kind=kind, order=order)


def plan_targets(
    desk: Desk, wanted: Mapping[str, Tree], *, rollout: Rollout, kind: str = "net-push", order: Order = Order.EDGE_FIRST
) -> PushPlan:
    """Read the devices and plan what brings them to these targets."""
    desk.control.progress.stage(_("compare {count} devices").format(count=len(wanted)))
    found = compare(desk, wanted)
    lines = digest({entry.device: [entry.text, *entry.patch.commands] for entry in found if entry.patch})
    return PushPlan(make_change(desk, kind, wanted, rollout=rollout, order=order, lines=lines), found)


def push(desk: Desk, plan: PushPlan) -> Report:
    """Carry the plan out; a device that holds its target already isn't touched.

    A change that died half-way is taken up even when every device looks right: its last devices are still unverified.
    """
    if plan.is_clean and not has_unfinished(desk, plan.change):
        return Report("", len(plan.pending))
    return carry_out(desk, plan.change)


def has_unfinished(desk: Desk, change: Change) -> bool:
    """Whether this very change was begun and did not end."""
    return begun(desk, change) is not None


def _is_done(entry: Pending) -> bool:
    """Whether the device was read and lacks nothing."""
    return entry.error is None and not entry.patch
