"""The steps of a planned switchover drill, in order. Each may run again after a crash: it asks the world what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dr import patroni, workspace
from dr.checks import Check, leftovers_check, refuse_unless_ready, switchover_checks
from dr.ledger import ledger_hash, read_ledger
from dr.probe.control import Endpoint, Probe, ProbeConfig, Table
from dr.verdict import verdict
from ops.errors import CitynodeError, TimedOut
from ops.language import _, step_name

if TYPE_CHECKING:
    from dr.scene import Scene
    from ops.progress import Progress

JsonObject = dict[str, Any]
REQUESTED, HANDED_OVER, PROTECTED = "requested", "handed-over", "protected"


def precheck(scene: Scene) -> JsonObject:
    """All preconditions, and nothing left of an earlier drill."""
    checks = all_checks(scene)
    refuse_unless_ready(checks, scene.plan.group)
    return {"checks": [{"name": check.name, "ok": check.ok, "detail": check.detail, "seen": check.seen} for check in checks]}


def all_checks(scene: Scene) -> tuple[Check, ...]:
    """The group's preconditions and those of the drill's own workspace."""
    seen = scene.look()
    checks = switchover_checks(scene.topology, seen, scene.plan.source, scene.plan.target)
    if not seen.primary:
        return checks
    rest = [each for each in workspace.leftovers(scene.topology.node(seen.primary), workspace.PREFIX) if scene.workspace not in each]
    return (*checks, leftovers_check(rest, scene.plan.group))


def prepare(scene: Scene) -> JsonObject:
    """Role and tables of the probe on the primary."""
    scene.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    node = scene.primary()
    databases = [(name, _database(scene, name)) for name in scene.plan.systems]
    chosen = workspace.targets(node, databases)
    tables = workspace.prepare(node, scene.workspace, chosen, scene.password())
    return {
        "tables": [[table.name, table.database, table.table] for table in tables],
        "own": [target.system for target in chosen if target.database],
    }


def probe_on(scene: Scene, done: Mapping[str, JsonObject]) -> JsonObject:
    """The probe writes."""
    with scene.probe() as probe:
        return _ensure_probe(scene, probe, done)


def baseline(scene: Scene, progress: Progress) -> JsonObject:
    """Good writes of every system for a while, undisturbed."""
    with scene.probe() as probe:
        wanted = scene.plan.settings.baseline_seconds
        _until(
            _writes_for(scene, probe, wanted),
            scene,
            "baseline",
            progress,
            _("every system writes through {vantage}").format(vantage=scene.plan.vantage),
        )
        return probe.state()


def switchover(scene: Scene, done: Mapping[str, JsonObject], progress: Progress) -> JsonObject:
    """The hand-over itself; if the target leads already, it happened before a crash."""
    plan = scene.plan
    with scene.probe() as probe:
        if not _ensure_probe(scene, probe, done)["was_running"]:  # it had reached its limit: let it write before anything happens
            _until(_writes_for(scene, probe, 1.0), scene, "baseline", progress, _("every system writes again"))
        probe.mark(REQUESTED)
        answer = _hand_over(scene)
        probe.mark(HANDED_OVER)
    return {"from": plan.source, "to": plan.target, "answer": answer}


def settle(scene: Scene, done: Mapping[str, JsonObject], progress: Progress) -> JsonObject:
    """The old primary follows synchronously, the remote centre follows, every system writes."""
    plan = scene.plan

    def is_protected() -> bool:
        seen = scene.look()
        remote = seen.stream(plan.remote)
        return seen.primary == plan.target and plan.source in seen.synchronous and remote is not None and remote.is_streaming

    with scene.probe() as probe:
        _ensure_probe(scene, probe, done)
        _until(
            is_protected,
            scene,
            "settle",
            progress,
            _("{source} follows {target} synchronously").format(source=plan.source, target=plan.target),
        )
        probe.mark(PROTECTED)
        _until(_writes_for(scene, probe, plan.settings.after_seconds), scene, "settle", progress, _("every system writes again"))
    return {"protected": True}


def probe_off(scene: Scene) -> JsonObject:
    """The probe has stopped; its ledger is here and its hash goes into the trail."""
    with scene.probe() as probe:
        probe.stop()
        probe.fetch(scene.folder)
    return {"ledger_sha256": ledger_hash(scene.folder)}


def judge(scene: Scene, done: Mapping[str, JsonObject]) -> JsonObject:
    """Ledger against database."""
    node = scene.primary()
    rows = {table.name: workspace.present(node, table) for table in _tables(done)}
    return verdict(scene.plan, read_ledger(scene.folder), rows, primary=node.centre)


def cleanup(scene: Scene) -> JsonObject:
    """Nothing is left: looked for afterwards, in every database and at the vantage site."""
    with scene.probe() as probe:
        probe.remove()
        rest = [f"{scene.plan.vantage}:{probe.folder}"] if probe.exists() else []
    node = scene.primary()
    name = workspace.check_name(scene.workspace)
    workspace.remove(node, name)
    scene.forget_password()
    rest += workspace.leftovers(node, name)
    return {"leftovers": rest}


def keep_ledger(scene: Scene, done: Mapping[str, JsonObject]) -> JsonObject:
    """When the drill failed: stop the probe and keep what it saw; before `prepare` there is none."""
    if "prepare" not in done:
        return {"kept": False}
    with scene.probe() as probe:
        if not probe.was_uploaded():
            return {"kept": False}
        probe.stop()
        try:
            probe.fetch(scene.folder)
        except CitynodeError as missing:
            return {"kept": False, "why": str(missing)}
    return {"kept": True}


def undo(scene: Scene, done: Mapping[str, JsonObject]) -> JsonObject:
    """When the drill failed: remove what it made, if it made anything."""
    if "precheck" not in done:
        return {"leftovers": []}
    return cleanup(scene)


def _database(scene: Scene, system: str) -> str:
    known = scene.city.system_by_name.get(system)
    return (known.workload.database or "") if known and known.workload else ""


def _tables(done: Mapping[str, JsonObject]) -> tuple[Table, ...]:
    return tuple(Table(*each) for each in done["prepare"]["tables"])


def _ensure_probe(scene: Scene, probe: Probe, done: Mapping[str, JsonObject]) -> JsonObject:
    """Start the probe unless it runs: it ends by itself at its limit, also while a crashed drill waits to be resumed."""
    if probe.was_uploaded() and probe.state().get("running"):
        return {"was_running": True}
    cluster = scene.look().cluster
    seen = {member.name: member for member in cluster.members} if cluster else {}
    members = tuple(Endpoint(name, seen[name].host, seen[name].port) for name in scene.topology.names if name in seen)
    settings = scene.plan.settings
    config = ProbeConfig(
        members,
        _tables(done),
        scene.workspace,
        scene.password(),
        settings.write_every_seconds,
        settings.watch_every_seconds,
        settings.limit_seconds,
    )
    return {"was_running": False, **probe.start(config)}


def _hand_over(scene: Scene) -> str:
    plan = scene.plan
    if scene.look().primary == plan.target:
        return "already there"
    leader = scene.topology.node(plan.source)
    answer = patroni.switch_over(leader, plan.source, plan.target)
    deadline = time.monotonic() + 30
    while scene.look().primary != plan.target:
        if time.monotonic() > deadline:
            raise TimedOut(
                _("{target} did not become primary in 30 s").format(target=plan.target),
                why=answer,
                hint=_("citynode dr status shows who leads; nothing was forced"),
            )
        time.sleep(0.2)
    return answer


def _writes_for(scene: Scene, probe: Probe, seconds: float) -> Callable[[], bool]:
    """Whether every system has written, without a pause of over a second, for this long."""
    since: dict[str, float] = {}

    def check() -> bool:
        state = probe.state()
        now, systems = float(state["now"]), state["systems"]
        for name in scene.plan.systems:
            counts = systems.get(name, {})
            if counts.get("ok", 0) and now - float(counts.get("last_ok", 0)) < 1.0:
                since.setdefault(name, now)
            else:
                since.pop(name, None)
        return len(since) == len(scene.plan.systems) and all(now - began >= seconds for began in since.values())

    return check


def _until(is_reached: Callable[[], bool], scene: Scene, step: str, progress: Progress, what: str) -> None:
    limit = next(each.seconds for each in scene.plan.steps if each.name == step)
    began = time.monotonic()
    while not is_reached():
        waited = time.monotonic() - began
        if waited > limit:
            raise TimedOut(
                _("it did not come to this in {limit:g} s: {what}").format(limit=limit, what=what),
                why=_("step {step} of the drill").format(step=step_name(step)),
                hint=_("citynode dr status shows what is missing; the probe was stopped and removed"),
            )
        progress.step(what, done=int(waited), total=int(limit))
        time.sleep(0.25)
