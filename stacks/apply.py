"""Up, refresh, destroy and unlock as work that is written down: leases on the stacks, steps that can be done again, the trail.

What makes a killed run good again: the leases of a dead process are free at once, Pulumi's lock of a dead process is
released, and an up reads the cluster first and adopts what is there. So the step that was cut short is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from city.draft import keep_within_pools
from ops import approval
from ops.control import Control
from ops.durable import Outcome, Step, Work, perform
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _
from ops.plan import JsonObject, digest
from stacks.engine.automation import CentreStack
from stacks.engine.change import CentreRun
from stacks.engine.lock import Holder
from stacks.fleet import Fleet, Member, Told, identity_of, raise_failed
from stacks.verify import refuse_forgotten, verify_centre

SHORTEST = 8
"""Characters of a hash that name a plan, as in `citynode approve`."""
_Method = Callable[[CentreStack, Told], CentreRun]


def preview(fleet: Fleet, *, refresh: bool = False) -> tuple[CentreRun, ...]:
    """What an up would change, centre by centre; refused before anything is asked where a department overdraws its pool.

    Only with `refresh` are the clusters read, so that what an up would heal is part of it: a plan that somebody says yes to has that.
    """
    keep_within_pools(fleet.city)
    if refresh:
        return fleet.each(CentreStack.preview_refreshed, before=_refuse_forgotten)
    return fleet.each(CentreStack.preview, before=_refuse_forgotten, known=Fleet.unchanged)


def up(control: Control, fleet: Fleet, planned: Sequence[CentreRun] = (), *, plan: str = "") -> JsonObject:
    """Make the centres as declared; `planned` is the preview whose hash production approves, and `plan` the hash that it must have."""
    keep_within_pools(fleet.city)
    _is_plan(plan, planned)
    if control.production:
        approval.require(control, plan_hash(planned), _asked("stack-up", fleet))
    done = perform(control, _work("stack-up", fleet, (Step("apply", lambda _run: _apply(fleet)),)))
    _use_up(control, fleet, plan_hash(planned))
    return {**done.results["apply"], **_facts(done)}


def refresh(control: Control, fleet: Fleet, drifted: Sequence[CentreRun]) -> JsonObject:
    """Take the clusters as they are into the stacks; `drifted` is what production approves to be taken over."""
    if control.production:
        approval.require(control, digest({"refresh": plan_hash(drifted)}), _asked("stack-refresh", fleet))
    done = perform(control, _work("stack-refresh", fleet, (Step("refresh", lambda _run: _all(fleet, CentreStack.refresh)),)))
    _use_up(control, fleet, digest({"refresh": plan_hash(drifted)}))
    return {**done.results["refresh"], **_facts(done)}


def destroy(control: Control, fleet: Fleet) -> JsonObject:
    """Remove the zones in scope from their clusters; without a scope everything, the foundations too."""
    plan = ""
    if control.production:
        plan = removal_hash(fleet)
        approval.require(control, plan, _asked("stack-destroy", fleet))
    done = perform(control, _work("stack-destroy", fleet, (Step("destroy", lambda _run: _all(fleet, CentreStack.destroy)),)))
    _use_up(control, fleet, plan)
    result = done.results["destroy"]
    if fleet.scope and not any(centre["delete"] for centre in result["centres"]):
        raise UsageProblem(
            _("no stack has the zone {names}").format(names=", ".join(fleet.scope.zones)),
            why=_("a namespace that another stack or a person made isn't ours to remove"),
            hint="citynode stack outputs -o yaml",
        )
    return {**result, **_facts(done)}


def locks(fleet: Fleet) -> tuple[tuple[str, Holder], ...]:
    """Each centre's lock and its holder, where there is one."""
    return tuple((centre, holder) for centre, stack in fleet.stacks() for holder in stack.holders())


def unlock(control: Control, fleet: Fleet, held: Sequence[tuple[str, Holder]], now: datetime, *, sure: bool) -> None:
    """Take these locks away; one that somebody may still need is refused, unless the operator is sure."""
    for centre, holder in held:
        reasons = holder.reasons_to_wait(now)
        if reasons and not sure:
            raise PolicyRefused(
                _("the lock on {centre} is not taken away: {holder}").format(centre=centre, holder=holder),
                why="; ".join(reasons),
                hint=_("if that run is dead for sure: citynode stack unlock --centre {centre} --yes").format(centre=centre),
            )
    taken = {centre for centre, _holder in held}
    for centre, stack in fleet.stacks():
        if centre in taken:
            stack.unlock()
            facts: JsonObject = {"held_by": [str(holder) for name, holder in held if name == centre]}
            control.trail.append(who=control.author, action="stack-unlock", subject=stack.name, outcome="done", facts=facts)


def plan_hash(planned: Sequence[CentreRun]) -> str:
    """The hash of exactly these changes."""
    return digest([{"centre": run.name, "changes": [change.as_data() for change in run.changes]} for run in planned])


def removal_hash(fleet: Fleet) -> str:
    """The hash of what a destroy takes away: from which stacks, and which objects they hold."""
    held = fleet.each(CentreStack.held)
    raise_failed(held)
    stacks = [member.stack for member in fleet.members]
    return digest({"destroy": [{"stack": stack, "plan": plan_hash([run])} for stack, run in zip(stacks, held, strict=True)]})


def ask_for_approval(control: Control, fleet: Fleet, planned: Sequence[CentreRun]) -> None:
    """Ask for the plan's approval, unless it was asked for or given already, or none is needed."""
    try:
        approval.require(control, plan_hash(planned), _asked("stack-up", fleet))
    except PolicyRefused as waiting:
        if "plan_hash" not in waiting.facts:
            raise
        control.progress.note(f"{waiting.what}: {waiting.hint}")


def _is_plan(wanted: str, planned: Sequence[CentreRun]) -> None:
    """Refuse a plan that isn't the one that was looked at."""
    found = plan_hash(planned)
    if wanted and (len(wanted) < SHORTEST or not found.startswith(wanted)):
        raise PolicyRefused(
            _("the plan is not {plan} any more").format(plan=wanted[:12]),
            why=_("what would be changed now has the hash {plan}").format(plan=found[:12]),
            hint=_("look at it and have it approved anew: citynode stack preview --ask"),
        )


def _use_up(control: Control, fleet: Fleet, plan: str) -> None:
    """An approval is for one run: note that this plan was carried out."""
    if control.production:
        control.trail.append(who=control.author, action="stack-plan", subject=_subject(fleet), outcome="done", plan_hash=plan)


def _facts(done: Outcome) -> JsonObject:
    return {"change_id": done.change_id, "resumed": done.resumed, "seconds": round(done.seconds, 2)}


def _work(kind: str, fleet: Fleet, steps: tuple[Step, ...]) -> Work:
    """The declarations aren't part of the payload: a run that was cut short goes on to what is declared by then.

    So the work has one step, done again as a whole: what an earlier attempt applied says nothing of what is declared now.
    """
    stacks = [member.stack for member in fleet.members]
    payload: JsonObject = {"stacks": stacks, "force": fleet.engine.force, "zones": list(fleet.scope.zones)}
    return Work(kind, _subject(fleet), payload, steps, leases=tuple(f"stack:{stack}" for stack in stacks))


def _asked(kind: str, fleet: Fleet) -> str:
    """What the approver reads: what is to be done, and where."""
    return f"{kind} {_subject(fleet)}"


def _subject(fleet: Fleet) -> str:
    centres = ",".join(member.site.name for member in fleet.members)
    return f"{centres}:{','.join(fleet.scope.zones)}" if fleet.scope else centres


def _apply(fleet: Fleet) -> JsonObject:
    """Nothing is begun if a centre can't be reached, or would lose a zone; what was applied is looked at in the clusters."""
    for member in fleet.members:
        identity_of(member.kubeconfig)
        _refuse_forgotten(fleet, member)
    return {**_all(fleet, CentreStack.up), "verified": _verify(fleet)}


def _refuse_forgotten(fleet: Fleet, member: Member) -> None:
    if not fleet.scope:
        refuse_forgotten(fleet.city, member.site, member.kubeconfig)


def _all(fleet: Fleet, work: _Method) -> JsonObject:
    runs = fleet.each(work)
    raise_failed(runs)
    return {"centres": [run.as_data() for run in runs]}


def _verify(fleet: Fleet) -> JsonObject:
    fleet.progress.stage(_("asking the clusters"))
    return {member.site.name: verify_centre(fleet.city, member.site, member.kubeconfig, fleet.scope) for member in fleet.members}
