"""Up and destroy as durable work: leases on the stacks, steps that can be done again, an entry in the trail.

What makes a killed run good again: the leases of a dead process are free at once, Pulumi's lock of a dead process is
released, and an up reads the cluster first and adopts what is there. So the step that was cut short is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ops import approval
from ops.control import Control
from ops.durable import Outcome, Step, Work, perform
from ops.language import _
from ops.plan import JsonObject, digest
from stacks.change import Action, CentreRun
from stacks.engine import CentreStack
from stacks.fleet import Fleet, Told, identity_of, raise_failed
from stacks.verify import verify_centre

_Method = Callable[[CentreStack, Told], CentreRun]


def up(control: Control, fleet: Fleet, planned: Sequence[CentreRun] = ()) -> JsonObject:
    """Make the centres as declared; `planned` is the preview whose hash production approves."""
    if control.production:
        approval.require(control, plan_hash(planned), _subject(fleet))
    steps = (
        Step("reach", lambda _run: _reach(fleet)),
        Step("apply", lambda _run: _all(fleet, CentreStack.up)),
        Step("verify", lambda _run: _verify(fleet)),
    )
    done = perform(control, _work("stack-up", fleet, steps))
    return {**done.results["apply"], "verified": done.results["verify"], **_facts(done)}


def destroy(control: Control, fleet: Fleet) -> JsonObject:
    """Remove the centres' zones and foundations from their clusters."""
    if control.production:
        approval.require(control, digest({"destroy": _subject(fleet)}), _subject(fleet))
    done = perform(control, _work("stack-destroy", fleet, (Step("destroy", lambda _run: _all(fleet, CentreStack.destroy)),)))
    return {**done.results["destroy"], **_facts(done)}


def _facts(done: Outcome) -> JsonObject:
    return {"change_id": done.change_id, "resumed": done.resumed, "seconds": round(done.seconds, 2)}


def plan_hash(planned: Sequence[CentreRun]) -> str:
    """The hash of exactly these changes."""
    return digest([{"centre": run.name, "changes": [change.as_data() for change in run.changes]} for run in planned])


def _work(kind: str, fleet: Fleet, steps: tuple[Step, ...]) -> Work:
    """The declarations aren't part of the payload: a run that was cut short goes on to what is declared by then."""
    stacks = [member.stack for member in fleet.members]
    payload: JsonObject = {"stacks": stacks, "force": fleet.engine.force}
    return Work(kind, _subject(fleet), payload, steps, leases=tuple(f"stack:{stack}" for stack in stacks))


def _subject(fleet: Fleet) -> str:
    return ",".join(member.site.name for member in fleet.members)


def _reach(fleet: Fleet) -> JsonObject:
    """Refuse before anything is begun if a centre can't be reached."""
    return {member.site.name: identity_of(member.kubeconfig) for member in fleet.members}


def _all(fleet: Fleet, work: _Method) -> JsonObject:
    runs = fleet.each(work)
    raise_failed(runs)
    return {"centres": [_brief(run) for run in runs]}


def _verify(fleet: Fleet) -> JsonObject:
    fleet.progress.stage(_("asking the clusters"))
    return {member.site.name: verify_centre(fleet.city, member.site, member.kubeconfig) for member in fleet.members}


def _brief(run: CentreRun) -> JsonObject:
    """The run as it is written down: objects that are simply new are counted, not listed."""
    data = run.as_data()
    data["details"] = [change.as_data() for change in run.changes if change.action is not Action.CREATE]
    return data
