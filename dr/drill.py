"""A drill from beginning to end: plan, approval, durable steps, result. The whole flow of this package in one file.

It refuses to begin while another drill, or a move of one of the group's systems, is under way, and while a move into the
group's databases can still be taken back. A drill that was killed is gone on with by the same command; `abort` cleans up
what is left of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dr import steps, workspace
from dr.checks import Check
from dr.findings import finding, say
from dr.observe import no_primary, observe
from dr.plan import KINDS, DrillPlan, plan_switchover
from dr.probe.control import HOME, Probe
from dr.scene import Scene
from dr.store import drills_of, new_drill
from dr.topology import Topology, topology
from dr.unfinished import KIND, give_up, subject_of
from dr.vantage import at_site, choose_vantage
from ops.errors import PolicyRefused, UsageProblem
from ops.language import N_, WORD, _
from ops.suggest import unknown

if TYPE_CHECKING:
    from city.model import City
    from ops.access import Access
    from ops.control import Control
    from ops.durable import JsonObject, Outcome, Work
    from ops.record import Attempt


@dataclass(frozen=True, slots=True)
class Stage:
    """Where drills happen: the city, how it is reached, and who runs them."""

    city: City
    access: Access
    control: Control


def check_kind(kind: str) -> None:
    """Refuse a kind of drill that isn't there."""
    if kind not in KINDS:
        raise unknown(_("kind of drill"), kind, KINDS)


def choose_group(stage: Stage, wanted: str) -> str:
    """The group asked for; else the only one, else the one whose databases the access file reaches."""
    names = [group.name for group in stage.city.groups]
    if wanted or len(names) == 1:
        return topology(stage.city, stage.access, wanted or names[0]).group.name
    for name in names:
        cluster = observe(topology(stage.city, stage.access, name)).cluster
        if cluster and cluster.scope in names:
            return cluster.scope
    raise UsageProblem(_("which group?"), why=_("the city has several"), hint=_("--group {value}").format(value=" | ".join(names)))


def plan_drill(stage: Stage, group: str, *, to: str = "", vantage: str = "") -> DrillPlan:
    """The plan of the drill that was cut off, else from how the group stands now: from its primary to the other city centre."""
    where = topology(stage.city, stage.access, group)
    unfinished = _unfinished(stage.control, group)
    if unfinished is not None:
        begun = _same_drill(unfinished, to)
        return plan_switchover(where, source=begun["source"], target=begun["target"], vantage=begun["vantage"])
    site = choose_vantage(stage.city, stage.access, vantage)
    seen = observe(where)
    if not seen.primary:
        raise no_primary(where, seen)
    target = to or (where.other(seen.primary) if seen.primary in where.candidates else where.candidates[0])
    return plan_switchover(where, source=seen.primary, target=target, vantage=site)


def is_led_from(stage: Stage, group: str, centre: str) -> bool:
    """Whether the group is led from this centre and no drill of it is unfinished: then there is nothing to switch."""
    return _unfinished(stage.control, group) is None and observe(topology(stage.city, stage.access, group)).primary == centre


def check_drill(stage: Stage, plan: DrillPlan) -> tuple[Check, ...]:
    """All preconditions as they are now: for `--dry-run`, the very checks of the run itself. A drill that is past them has none."""
    unfinished = _unfinished(stage.control, plan.group)
    if unfinished is not None and "precheck" in unfinished.done and not unfinished.failed:
        return ()
    return steps.all_checks(_scene(stage, plan, unfinished.payload["drill"] if unfinished else "dry-run", ""))


def run_drill(stage: Stage, group: str, *, to: str = "", vantage: str = "") -> dict[str, Any]:
    """Run the drill, or what is left of the one that was killed; its result, which is also kept."""
    from ops.approval import require
    from ops.durable import perform

    unfinished = _unfinished(stage.control, group)
    plan = plan_drill(stage, group, to=to, vantage=vantage)
    payload = dict(unfinished.payload) if unfinished else _payload(plan)
    require(stage.control, plan.hash, subject_of(group))
    scene = _scene(stage, plan, payload["drill"], payload["began"])
    outcome = perform(stage.control, _work(stage, scene, payload))
    return _ended(stage, scene, outcome)


def _payload(plan: DrillPlan) -> dict[str, Any]:
    """What a drill that begins now is kept under."""
    now = datetime.now(UTC)
    return {
        "drill": new_drill(plan.group, now),
        "began": now.isoformat(timespec="seconds"),
        "plan_hash": plan.hash,
        "source": plan.source,
        "target": plan.target,
        "vantage": plan.vantage,
    }


def abort_drill(stage: Stage, group: str) -> dict[str, Any]:
    """Clean up what is left of a drill that was killed or failed, wherever it stopped. Who is primary stays as it is."""
    from ops.record import Record

    where = topology(stage.city, stage.access, group)
    with stage.control.leases.hold(*_leases(where), owner=stage.control.author):
        record = Record.open(stage.control)
        unfinished = _unfinished(stage.control, group)
        removed = _remove_remains(stage, where, unfinished)
        if unfinished is not None:
            record.abandon(unfinished)
        stage.control.trail.append(
            who=stage.control.author,
            action="dr.drill.abort",
            subject=subject_of(group),
            outcome="done",
            facts={"removed": removed, "change_id": unfinished.change_id if unfinished else ""},
        )
    return {"group": group, "aborted": unfinished.payload["drill"] if unfinished else None, "removed": removed}


def _work(stage: Stage, scene: Scene, payload: dict[str, Any]) -> Work:
    """The plan's steps as durable work; nothing that the plan doesn't name."""
    from dr.report import write_reports
    from ops.durable import Step, Work

    def report(done: Any) -> JsonObject:
        result = _result(scene, done)
        drills_of(stage.control).save(scene.drill, result)
        return {"files": [str(path) for path in write_reports(scene.folder, result, scene.city)]}

    doing = {
        "precheck": lambda _run: steps.precheck(scene),
        "prepare": lambda _run: steps.prepare(scene),
        "probe-on": lambda run: steps.probe_on(scene, run.done),
        "baseline": lambda run: steps.baseline(scene, run.progress),
        "switchover": lambda run: steps.switchover(scene, run.done, run.progress),
        "settle": lambda run: steps.settle(scene, run.done, run.progress),
        "probe-off": lambda _run: steps.probe_off(scene),
        "judge": lambda run: steps.judge(scene, run.done),
        "cleanup": lambda _run: steps.cleanup(scene),
        "report": lambda run: report(run.done),
    }
    undoing = (
        Step("undo-probe", lambda run: steps.keep_ledger(scene, run.done)),
        Step("undo-workspace", lambda run: steps.undo(scene, run.done)),
    )
    chosen = tuple(Step(step.name, doing[step.name]) for step in scene.plan.steps)
    return Work(KIND, subject_of(scene.plan.group), payload, chosen, _leases(scene.topology), undoing, give_up=give_up(scene.plan.group))


def _result(scene: Scene, done: Any) -> dict[str, Any]:
    """What is shown, kept and reported."""
    judged, rest = done["judge"], done["cleanup"]["leftovers"]
    findings = [*judged["findings"], *(finding("left", what=each) for each in rest)]
    plan = scene.plan
    return {
        "drill": scene.drill,
        "kind": plan.kind,
        "group": plan.group,
        "from": plan.source,
        "to": plan.target,
        "vantage": plan.vantage,
        "began": scene.began,
        "passed": not findings,
        "findings": [{**each, "text": say(each)} for each in findings],
        "systems": judged["systems"],
        "lost_writes": judged["lost_writes"],
        "leftovers": len(rest),
        "writable_sides_max": judged["writable_sides_max"],
        "timeline": judged["timeline"],
        "promised": {"rto_seconds": plan.rto_seconds, "rpo_seconds": plan.rpo_seconds},
        "plan_hash": plan.hash,
        "ledger_sha256": done["probe-off"]["ledger_sha256"],
        "checks": done["precheck"]["checks"],
    }


def _ended(stage: Stage, scene: Scene, outcome: Outcome) -> dict[str, Any]:
    """The kept result with what only the end knows; the trail gets the figures and the ledger's hash."""
    drills = drills_of(stage.control)
    result = {
        **drills.result(scene.drill),
        "change_id": outcome.change_id,
        "resumed": outcome.resumed,
        "seconds": round(outcome.seconds, 2),
    }
    result["reports"] = outcome.results["report"]["files"]
    drills.save(scene.drill, result)
    stage.control.trail.append(
        who=stage.control.author,
        action="dr.drill.result",
        subject=subject_of(scene.plan.group),
        outcome=N_("passed", WORD) if result["passed"] else "failed",
        plan_hash=scene.plan.hash,
        facts={
            key: result[key]
            for key in ("drill", "change_id", "lost_writes", "leftovers", "writable_sides_max", "ledger_sha256", "findings")
        }
        | {"rto_seconds": {each["name"]: each["rto_seconds"] for each in result["systems"]}},
    )
    return result


def _scene(stage: Stage, plan: DrillPlan, drill: str, began: str) -> Scene:
    folder = drills_of(stage.control).root / drill
    return Scene(drill, plan, topology(stage.city, stage.access, plan.group), stage.city, stage.access, folder, began)


def _leases(where: Topology) -> tuple[str, ...]:
    """Nobody else switches the group or moves one of its systems meanwhile."""
    return (subject_of(where.group.name), *(f"system:{name}" for name in where.group.systems))


def _unfinished(control: Control, group: str) -> Attempt | None:
    from ops.record import Record

    return Record.open(control).unfinished(KIND, subject_of(group))


def _same_drill(unfinished: Attempt, to: str) -> dict[str, Any]:
    payload = dict(unfinished.payload)
    if to and to != payload["target"]:
        raise PolicyRefused(
            _("a drill to {target} is not finished").format(target=payload["target"]),
            why=_("{change} by {author} at {begun}").format(change=unfinished.change_id, author=unfinished.author, begun=unfinished.begun),
            hint=_("without --to it is gone on with; {command} gives it up").format(command=give_up(unfinished.subject.partition(":")[2])),
        )
    return payload


def _remove_remains(stage: Stage, where: Topology, unfinished: Attempt | None) -> list[str]:
    """Probe, roles, schemas and databases of every drill of this group, found by their names."""
    site = choose_vantage(stage.city, stage.access, unfinished.payload["vantage"] if unfinished else "")
    seen = observe(where)
    removed: list[str] = []
    beginning = workspace.group_prefix(where.group.name)
    with at_site(stage.access, site) as vantage:
        for name in sorted({each for each in vantage.files.listdir(HOME) if each.startswith(beginning)}):
            Probe(vantage, workspace.check_name(name)).remove()
            removed.append(f"{site}:{HOME}/{name}")
    if not seen.primary:
        raise no_primary(where, seen)
    node = where.node(seen.primary)
    removed += workspace.leftovers(node, beginning)
    for name in workspace.names(node, beginning):
        workspace.remove(node, name)
    if unfinished is not None:
        (drills_of(stage.control).folder(unfinished.payload["drill"]) / "probe.secret").unlink(missing_ok=True)
    return removed


__all__ = ["KIND", "Stage", "abort_drill", "check_drill", "check_kind", "choose_group", "is_led_from", "plan_drill", "run_drill"]
