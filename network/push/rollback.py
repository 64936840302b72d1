"""Bring devices back to what they held before a change: a change of its own, as durable and as careful as the first.

Also for a device that a change left `stuck`, and for a change that never ended: that one is given up first. A shift of IPv6
that never ended goes back as a whole: routers, the declared state, and the names once they were published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from network.compare import snapshot_target
from network.desk import Desk
from network.dns.server import NameServer, Rrset, as_data, from_data
from network.ipv6.back import restore_names
from network.ipv6.carry import BEFORE
from network.ipv6.shift import ROLLOUT, WITHDRAW
from network.push.change import Report, carry_out, wave_name
from network.push.journal import KEPT, ChangeLog, standing, touched_by
from network.push.main import PushPlan, has_unfinished, plan_targets
from network.rollout import Rollout, shift_rollout
from network.tree import Tree
from ops.durable import Run, Step, abandon
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject
from ops.record import Attempt, Record

KIND = "net-rollback"


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """Whose snapshots devices go back to, and what that changes."""

    of: str
    push: PushPlan
    is_cut_off: bool
    """Whether the change never ended."""
    names: tuple[Rrset, ...]
    """What names held before a shift that never ended, if it came as far as publishing them."""

    def as_data(self, desk: Desk) -> JsonObject:
        """The plan as it is printed."""
        names: JsonObject = {"names": [as_data(rrset) for rrset in self.names]} if self.names else {}
        return {"of": self.of, **self.push.as_data(desk), **names}


def plan_rollback(desk: Desk, change_id: str = "", names: Sequence[str] = ()) -> RollbackPlan:
    """Read the devices and plan their way back; all that the change touched, unless some are named."""
    log = desk.journal.find(change_id)
    left = _cut_off(desk, log)
    chosen = _chosen(log, left, names)
    _check_kind(log, left, chosen, names)
    wanted: dict[str, Tree] = {}
    for name in chosen:
        if (text := log.before(name)) is not None:
            wanted[name] = snapshot_target(desk.city, name, text)
    plan = plan_targets(desk, wanted, rollout=_rollout(desk, log, left, chosen), kind=KIND, of=log.change_id)
    _check_last(desk, log, [entry.device for entry in plan.to_change])
    return RollbackPlan(log.change_id, plan, left is not None, _names(log, left))


def roll_back(desk: Desk, plan: RollbackPlan, server: NameServer | None = None) -> Report:
    """Carry it out; afterwards the declared IPv6 state is the one from before the change, too.

    The way back asks for nobody's consent: whoever went without a net on the way there gave it. Names go last: a silent name server
    keeps no router from going back, and the same command tries them again.
    """
    if plan.names and server is None:
        raise UsageProblem(_("the access file names no name server"), hint=_("add `dns`, or bring up the lab's part `dns`"))
    desk = replace(desk, care=replace(desk.care, accept_emulation=True))
    change = plan.push.change
    extra: JsonObject = {"of": plan.of}
    if plan.push.is_clean and change.rollout == desk.rollout and not has_unfinished(desk, change) and not plan.is_cut_off:
        return Report("", len(plan.push.pending), extra=extra)

    def give_up(_run: Run) -> JsonObject:
        _give_up(desk, plan.of)
        return extra

    def declare(_run: Run) -> JsonObject:
        shift_rollout(desk.folder, change.rollout_before, change.rollout)
        return {}

    def undo_names(_run: Run) -> JsonObject:
        return {"names": restore_names(desk.city, server, plan.names)} if server else {}

    last = (Step("undo-names", undo_names),) if plan.names else ()
    return carry_out(desk, change, before=(Step("give-up", give_up),), after=(Step("declare", declare), *last))


def _chosen(log: ChangeLog, left: Attempt | None, names: Sequence[str]) -> tuple[str, ...]:
    """The routers to bring back: none where a change was cut off before its first, which then is only given up."""
    touched = touched_by(log)
    found = tuple(name for name in touched if not names or name in names)
    if not found and (names or left is None):
        raise UsageProblem(
            _("{change} changed none of these routers").format(change=log.change_id),
            hint=_("it changed {names}").format(names=listed(touched, 8)) if touched else _("citynode net history lists changes"),
        )
    return found


def _check_kind(log: ChangeLog, left: Attempt | None, chosen: Sequence[str], names: Sequence[str]) -> None:
    """Refuse to take routers out of an IPv6 shift: its names would stay, and lead to addresses that nobody has.

    One that never ended goes back as a whole.
    """
    verb, place, states = log.facts.get("verb"), log.facts.get("place"), log.states()
    is_refused = bool(names) if left is not None else any(states[name]["state"] == KEPT for name in chosen)
    if not verb or not is_refused:
        return
    other = WITHDRAW if verb == ROLLOUT else ROLLOUT
    way = f"citynode net ipv6 {other} --place {place}" if place else f"citynode net ipv6 {other}"
    raise PolicyRefused(
        _("{change} gave routers and names IPv6, or took it from them: both go back together").format(change=log.change_id),
        why="" if left is not None else _("of a change that ended, a rollback knows routers only"),
        hint=f"citynode net rollback --change {log.change_id}" if left is not None else way,
    )


def _check_last(desk: Desk, log: ChangeLog, names: Sequence[str]) -> None:
    """Refuse to take a change back over another that came after it: the later one would be lost without a word.

    The way back itself, begun and killed, is no later change; nor is one that was taken back itself.
    """
    held = standing(desk.journal.changes())
    for later in reversed(_later(desk, log)):
        is_own = later.facts.get("of") == log.change_id
        both = [name for name in names if later.change_id in held.get(name, ()) and not is_own]
        if both:
            raise PolicyRefused(
                _("{names} changed again after {change}").format(names=listed(both), change=log.change_id),
                why=_("{later} of {began} would be undone with it").format(later=later.change_id, began=later.facts["began"]),
                hint=f"citynode net rollback --change {later.change_id}",
                later=later.change_id,
            )


def _later(desk: Desk, log: ChangeLog) -> list[ChangeLog]:
    """The changes that came after it, oldest first."""
    changes = desk.journal.changes()
    return changes[[other.change_id for other in changes].index(log.change_id) + 1 :]


def _rollout(desk: Desk, log: ChangeLog, left: Attempt | None, chosen: Sequence[str]) -> Rollout:
    """The declared state without what the change made of it: for these devices, or all of it where a shift never ended."""
    now = replace(desk.rollout, costs=_costs(desk, log, chosen))
    before = log.facts.get("ipv6_before")
    if before is None:
        return now
    if left is not None and log.facts.get("verb"):  # it declared all of it before it touched the first router
        return replace(now, routers=frozenset(before["routers"]), places=frozenset(before["places"]))
    added = frozenset(chosen) - frozenset(before["routers"])
    if not added & now.routers:
        return now
    return replace(now, routers=now.routers - added, places=now.places - {str(log.facts.get("place", ""))})


def _names(log: ChangeLog, left: Attempt | None) -> tuple[Rrset, ...]:
    """What the names held before a shift that never ended; none where it never came to the names, which follow its last wave."""
    if left is None or not {wave_name(wave) for wave in log.facts.get("waves", ())} <= left.done.keys():
        return ()
    return tuple(from_data(each) for each in left.done.get(BEFORE, {}).get("names", ()))


def _costs(desk: Desk, log: ChangeLog, chosen: Sequence[str]) -> dict[str, int]:
    """The declared link costs, those of the devices' links as they were before the change."""
    now, before = desk.rollout.costs, log.facts.get("costs_before", desk.rollout.costs)
    mine = {link.name for name in chosen for link in desk.city.links_of(name)}
    return {link: cost for costs, is_mine in ((now, False), (before, True)) for link, cost in costs.items() if (link in mine) is is_mine}


def _cut_off(desk: Desk, log: ChangeLog) -> Attempt | None:
    """The run of a change that never ended and was not taken back; a way back that was killed or failed may have given it up.

    A shift of IPv6 that another one came after is none: the other may need the same routers, and declared what it needs.
    """
    if log.facts.get("verb") and any(later.facts.get("verb") for later in _later(desk, log)):
        return None
    record = Record.open(desk.control)
    runs = (*record.runs(unfinished=True), *record.runs())  # one that is unfinished counts, however long ago it was begun
    found = next((run for run in runs if run.change_id == log.change_id and run.state in ("unfinished", "abandoned")), None)
    is_back = any(run.kind == KIND and run.state == "done" and run.done.get("give-up", {}).get("of") == log.change_id for run in runs)
    return None if is_back else found


def _give_up(desk: Desk, change_id: str) -> None:
    """A change that is taken back must not be taken up again."""
    for run in Record.open(desk.control).runs(unfinished=True):
        if run.change_id == change_id:
            abandon(desk.control, run)
