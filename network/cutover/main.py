"""The cutover of a private network, beginning to end: the whole flow of this package in one file.

    run        discover, watch, lower, join-*, dual, compare | switch, names, prove, settle, note    both paths stand afterwards
    rollback   give-up, back, back-proof, forget                                                     as before, until it is retired
    retire     last-look, retire-hosts, retire-*, retired-proof, names, note                         the old path is gone

A failure of `run` puts everything back. A killed command is gone on with by the same command, and what is known of the network
is noted within it. Nothing is begun outside the city's windows unless somebody says why, and that lands in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from city.model import City
from network.cutover import calls, names, steps
from network.cutover.discover import Found, discover, read
from network.cutover.lines import joining, leaving, with_lines, without_lines
from network.cutover.plan import Cutover, plan_cutover
from network.cutover.prove import Proof
from network.cutover.scene import KIND, Scene, open_scene, store_of
from network.cutover.store import MERGED, MOVING, SEPARATE, WATCHING
from network.cutover.window import is_open, next_opening, require_open
from network.dialect import dialect
from network.diff import diff
from network.tree import Tree
from ops.approval import require
from ops.control import Control
from ops.durable import Outcome, Run, Step, Work, abandon, perform
from ops.errors import PolicyRefused
from ops.language import N_, WORD, _, word
from ops.plan import JsonObject
from ops.record import Attempt, Record

ROLLBACK, RETIRE, OVERRIDE = "net-cutover-rollback", "net-cutover-retire", "net-cutover-override"


@dataclass(frozen=True, slots=True)
class Planned:
    """What `plan` and `--dry-run` show: the plan, what is really there, and what routers would get."""

    cut: Cutover
    found: Found
    lines: dict[str, str]
    window: JsonObject

    def as_data(self) -> JsonObject:
        changes = [{"router": name, "diff": text} for name, text in self.lines.items()]
        named: JsonObject = {"names": names.as_rows(self.cut, self.found.records), "names_wait_seconds": names.longest(self.found.records)}
        return {**self.cut.as_data(), **self.found.as_data(), **named, "changes": changes, "window": self.window}


def plan(scene: Scene, now: datetime) -> Planned:
    """Look, and say what a run would do; changes nothing. A network that was taken in for good has nothing left to plan."""
    if scene.store.read(scene.name)["state"] == MERGED:
        _refuse(scene, None)
    found = discover(scene.desk, scene.shells, scene.cut, scene.server)
    windows = scene.cut.city.windows
    opening = next_opening(windows, now)
    window: JsonObject = {"open": is_open(windows, now), "next": opening.isoformat(timespec="minutes") if opening else ""}
    lines = {name: _diff(scene, name, found.running[name], target) for name, target in _joined(scene.cut, found.running).items()}
    return Planned(scene.cut, found, lines, window)


def run(scene: Scene, now: datetime, *, reason: str = "", anytime: bool = False) -> JsonObject:
    """Cut the network over, or go on with the run that was killed; what was measured."""
    cut, unfinished = scene.cut, _unfinished(scene, KIND)
    _refuse(scene, unfinished)
    if unfinished is None:
        require(scene.control, cut.plan_hash, f"{KIND} {cut.subject}")
        _admit(scene, now, reason=reason, anytime=anytime)
    joins = scene.push_steps(steps.JOIN, _joined(cut, read(scene.desk, cut)))

    def note(run: Run) -> JsonObject:
        seen, proof = run.done["settle"], run.done["prove"]
        return scene.store.note(scene.name, state=WATCHING, change_id=run.change_id, proof=proof, seen=seen)

    walk = (
        _step("discover", steps.discover, scene),
        _step("watch", steps.begin_watch, scene),
        _step("lower", calls.shorten, scene),
        *joins,
        _step("dual", steps.dual, scene),
        _step("compare", steps.compare, scene),
        _step("switch", steps.switch, scene),
        _step("names", calls.switch, scene),
        _step("prove", steps.prove_it, scene),
        _step("settle", steps.settle, scene),
        Step("note", note),
    )
    payload = {"network": scene.name, "plan_hash": cut.plan_hash}
    undoing = (_step("undo", steps.undo, scene),)
    outcome = perform(scene.control, Work(KIND, cut.subject, payload, walk, cut.leases, undoing, _way_back(scene)))
    facts = {"proof": outcome.results["prove"], "both_paths": outcome.results["compare"], **outcome.results["names"]}
    return _report(scene, WATCHING, outcome, {**outcome.results["settle"], **facts})


def rollback(scene: Scene) -> JsonObject:
    """Back to a network of its own; also from a run that was killed, which is given up before anything of it is taken back."""
    cut, known = scene.cut, scene.store.read(scene.name)
    unfinished, begun = _unfinished(scene, KIND), _unfinished(scene, ROLLBACK)
    if known["state"] not in (WATCHING, MOVING) and unfinished is None and begun is None:
        raise PolicyRefused(
            _("{name} has no cutover that could be taken back").format(name=scene.name),
            why=_("its state: {state}").format(state=known["state"]),
            hint=_("citynode net cutover status {name}").format(name=scene.name),
        )
    change_id = str(begun.payload["of"] if begun else unfinished.change_id if unfinished else known["change_id"])

    def forget(run: Run) -> JsonObject:
        return scene.store.begin(scene.name, state=SEPARATE, change_id=run.change_id, of=change_id)

    walk = (
        Step("give-up", lambda _run: _give_up(scene)),
        Step("back", lambda _run: steps.take_back(scene, change_id)),
        _step("back-proof", steps.back_proof, scene),
        Step("forget", forget),
    )
    payload = {"network": scene.name, "of": change_id}
    outcome = perform(scene.control, Work(ROLLBACK, cut.subject, payload, walk, cut.leases, give_up=None))
    return _report(scene, SEPARATE, outcome, {"of": change_id, "proof": outcome.results["back-proof"]})


def retire(scene: Scene) -> JsonObject:
    """The old path goes; from then on there is no way back."""
    cut, known = scene.cut, scene.store.read(scene.name)
    _refuse_beside_rollback(scene)
    if known["state"] != WATCHING and _unfinished(scene, RETIRE) is None:
        raise PolicyRefused(
            _("{name} has no old path that could be retired").format(name=scene.name),
            why=_("its state: {state}").format(state=known["state"]),
            hint=_("citynode net cutover run {name}").format(name=scene.name),
        )
    require(scene.control, cut.plan_hash, f"{RETIRE} {cut.subject}")
    targets = {name: without_lines(tree, leaving(cut, name)) for name, tree in read(scene.desk, cut).items()}
    walk = (
        _step("last-look", steps.last_look, scene),
        _step("retire-hosts", steps.retire_hosts, scene),
        *scene.push_steps(steps.LEAVE, targets),
        _step("retired-proof", steps.retired_proof, scene),
        _step("names", calls.settle, scene),
        Step("note", lambda run: scene.store.note(scene.name, state=MERGED, proof=run.done["last-look"])),
    )
    payload = {"network": scene.name, "of": known.get("change_id", "")}
    outcome = perform(scene.control, Work(RETIRE, cut.subject, payload, walk, cut.leases, give_up=_way_back(scene)))
    proof, last = outcome.results["retired-proof"], outcome.results["last-look"]
    return _report(scene, MERGED, outcome, {"proof": proof, "last_look": last})


def verify(scene: Scene) -> Proof:
    """Ask everything that a merged network promises, now; changes nothing."""
    state = scene.store.read(scene.name)["state"]
    if state not in (WATCHING, MERGED):
        raise PolicyRefused(
            _("{name} is not cut over").format(name=scene.name),
            why=_("its state: {state}").format(state=word(state)),
            hint=_("citynode net cutover run {name}").format(name=scene.name),
        )
    return steps.measure(scene, steps.expectations(scene, old=state == WATCHING))


def status(control: Control, city: City, names: tuple[str, ...] = ()) -> list[JsonObject]:
    """How far each network is, without asking anything of it."""
    store = store_of(control, city)
    found = []
    for network in city.private_networks:
        if names and network.name not in names:
            continue
        known = store.read(network.name)
        unfinished = Record.open(control).unfinished(KIND, f"network:{network.name}")
        found.append({**known, "plane": network.plane, "unfinished": unfinished.change_id if unfinished else ""})
    return found


def _admit(scene: Scene, now: datetime, *, reason: str, anytime: bool) -> None:
    """A window is open, or somebody said why that doesn't matter: then the trail has it."""
    if reason:
        scene.control.trail.append(
            who=scene.control.author, action=OVERRIDE, subject=scene.cut.subject, outcome=N_("declared", WORD),
            plan_hash=scene.cut.plan_hash,
            facts={"reason": reason},
        )  # fmt: skip
    elif not anytime:
        require_open(scene.cut.city.windows, now)


def _refuse(scene: Scene, unfinished: Attempt | None) -> None:
    state = scene.store.read(scene.name)["state"]
    _refuse_beside_rollback(scene)
    if unfinished is None and state in (WATCHING, MERGED):
        raise PolicyRefused(
            _("{name} is cut over already").format(name=scene.name),
            why=_("its state: {state}").format(state=state),
            hint=f"citynode net cutover retire {scene.name} | citynode net cutover rollback {scene.name}" if state == WATCHING else "",
        )


def _refuse_beside_rollback(scene: Scene) -> None:
    if _unfinished(scene, ROLLBACK) is not None:
        raise PolicyRefused(_("a rollback of {name} is not finished").format(name=scene.name), hint=_way_back(scene))


def _way_back(scene: Scene) -> str:
    return f"citynode net cutover rollback {scene.name}"


def _give_up(scene: Scene) -> JsonObject:
    """What is taken back must not be gone on with: neither the cutover nor a retirement that did not end."""
    found = [run for kind in (KIND, RETIRE) if (run := _unfinished(scene, kind)) is not None]
    for run in found:
        abandon(scene.control, run)
    return {"given_up": [run.change_id for run in found]}


def _joined(cut: Cutover, running: Mapping[str, Tree]) -> dict[str, Tree]:
    """What the private routers shall run: what they run now, and their part in the plane."""
    return {name: with_lines(tree, joining(cut, name)) for name, tree in running.items()}


def _diff(scene: Scene, name: str, running: Tree, target: Tree) -> str:
    return diff(running, target, dialect(scene.cut.merged.router_by_name[name].dialect)).text()


def _step(name: str, do: Callable[[Scene, Run], JsonObject], scene: Scene) -> Step:
    return Step(name, lambda run: do(scene, run))


def _report(scene: Scene, state: str, outcome: Outcome, facts: JsonObject) -> JsonObject:
    return {
        "network": scene.name,
        "plane": scene.cut.network.plane,
        "state": state,
        "change": outcome.change_id,
        "resumed": outcome.resumed,
        "seconds": round(outcome.seconds, 2),
        **facts,
    }


def _unfinished(scene: Scene, kind: str) -> Attempt | None:
    return Record.open(scene.control).unfinished(kind, scene.cut.subject)


__all__ = ["Planned", "open_scene", "plan", "plan_cutover", "retire", "rollback", "run", "status", "verify"]
