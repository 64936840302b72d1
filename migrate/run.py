"""A move from beginning to end, and what may follow it: rollback or finalize. The whole flow of this package in one file.

    run        check, users, prepare, room, copy, place, gate | drain, delta, compare, release, switch, follow, watch
    rollback   back-look, back-users | back-drain, back-carry, back-compare, back-give-up, back-release, back-switch |
               back-watch, back-clean
    finalize   last-look, final-give-up, retire

Between the bars nobody writes: that is the outage. A killed command is gone on with by the same command, but a run that
was taken back or made final never is: it is given up before anything is done that it could not go on from. It refuses to
begin while another move of the system, or a drill of the group that takes it in, is going on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate import back, finish, steps
from migrate.move import plan_move, vantage_of
from migrate.scene import Scene, Stage
from migrate.steps import facts_of
from ops.errors import CitynodeError, PolicyRefused, UsageProblem
from ops.language import N_, STEP, WORD, _, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate.inspection import Finding
    from migrate.move import Move
    from ops.durable import Outcome, Work
    from ops.record import Attempt

RUN, ROLLBACK, FINALIZE = "migrate.run", "migrate.rollback", "migrate.finalize"
WATCHING, MOVING, BACK = N_("watching", WORD), N_("moving", WORD), N_("rolled-back", WORD)
FINALIZING, FINAL, FAILED = N_("finalizing", WORD), N_("finalized", WORD), N_("failed", WORD)
_PLAN = (
    (N_("check", STEP), N_("both sides are ready; nothing is changed")),
    (N_("users", STEP), N_("a probe at another site writes through the system's name")),
    (N_("prepare", STEP), N_("the path is open, the source keeps its changes, the name's lifetime is short")),
    (N_("room", STEP), N_("roles, database and schema stand at the target")),
    (N_("copy", STEP), N_("rows and files are copied within the share of the link, and followed")),
    (N_("place", STEP), N_("the system runs in its landing zone and may read")),
    (N_("gate", STEP), N_("objects, roles and files are the same, the lag is small, the new place answers")),
    (N_("drain", STEP), N_("the department's system may only read: the outage begins")),
    (N_("delta", STEP), N_("the last rows and files are over, sequences stand as they stood")),
    (N_("compare", STEP), N_("every row and every file is the same on both sides")),
    (N_("release", STEP), N_("the target takes writes and keeps them for the way back")),
    (N_("switch", STEP), N_("the name leads to the target: the outage ends")),
    (N_("follow", STEP), N_("the department's database follows the target's")),
    (N_("watch", STEP), N_("users write at the target; outage and ledger are measured")),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """What `--dry-run` shows."""

    move: Move
    vantage: str
    checks: tuple[Finding, ...]
    facts: dict[str, Any]

    @property
    def seconds(self) -> float:
        """How long the copy takes at the share of the link."""
        return round(float(self.facts["database_bytes"] + self.facts["files_bytes"]) * 8e-6 / self.move.share_mbit, 1)


def plan_steps() -> tuple[tuple[str, str], ...]:
    """The steps with what each reaches, in the reader's language."""
    return tuple((name, _(text)) for name, text in _PLAN)


def plan_run(stage: Stage, system: str, vantage: str = "") -> Planned:
    """What a run would do, with the very checks that it begins with."""
    move = plan_move(stage.city, system)
    with Scene(stage, move, vantage_of(stage.city, stage.access, move, vantage)) as scene:
        checks, facts = steps.findings(scene)
    return Planned(move, scene.vantage, checks, facts)


def run_move(stage: Stage, system: str, vantage: str = "") -> dict[str, Any]:
    """Move the system, or go on with the move that was killed; what was measured."""
    from ops.approval import require
    from ops.durable import perform
    from ops.plan import digest

    move = plan_move(stage.city, system)
    unfinished = _unfinished(stage, RUN, system)
    _refuse_what_is_moved(stage, system, unfinished)
    site = unfinished.payload["vantage"] if unfinished else vantage_of(stage.city, stage.access, move, vantage)
    payload = {"system": system, "from": move.source, "to": move.target, "vantage": site, "plan_hash": digest(move)}
    require(stage.control, payload["plan_hash"], _subject(system))
    if unfinished is None and stage.moves.read(system).get("state") == MOVING:
        stage.control.progress.note(_("an earlier move of {system} could not be undone to the end: that comes first").format(system=system))
        rollback_move(stage, system)
    with Scene(stage, move, site) as scene:
        try:
            outcome = perform(stage.control, _run_work(scene, payload))
        except CitynodeError as problem:
            _note_failure(stage, system, problem)
            raise
    return _moved(move, outcome)


def rollback_move(stage: Stage, system: str) -> dict[str, Any]:
    """Back to the department with everything that was written since; a move that never took over is undone."""
    from ops.durable import perform

    move = plan_move(stage.city, system)
    known, unfinished = stage.moves.read(system), _unfinished(stage, RUN, system)
    if ending := _unfinished(stage, FINALIZE, system):
        raise back.being_made_final(system, _("{change} was cut off, and the way back may be gone already").format(change=ending.change_id))
    if known.get("state") == FINALIZING:
        raise back.being_made_final(system, _state_word(known))
    if not unfinished and known.get("state") not in (WATCHING, MOVING, FAILED) and not _unfinished(stage, ROLLBACK, system):
        raise PolicyRefused(
            _("{system} has no move that could be taken back").format(system=system), why=_state_word(known), hint="citynode migrate status"
        )
    with Scene(stage, move, known.get("vantage") or vantage_of(stage.city, stage.access, move)) as scene:
        outcome = perform(stage.control, _rollback_work(scene, {"system": system, "change_id": known.get("change_id", "")}))
    return {
        "system": system,
        "state": BACK,
        "from": move.target,
        "to": move.source,
        **_seen(outcome.results),
        "carried": outcome.results["back-carry"]["carried"],
        "verification": outcome.results["back-compare"],
        "change_id": outcome.change_id,
        "resumed": outcome.resumed,
        "seconds": round(outcome.seconds, 2),
    }


def finalize_move(stage: Stage, system: str) -> dict[str, Any]:
    """The move can no longer be taken back: replication and everything that was put down for the move is removed."""
    from ops.durable import perform

    move, known = plan_move(stage.city, system), stage.moves.read(system)
    if known.get("state") not in (WATCHING, FINALIZING) and not _unfinished(stage, FINALIZE, system):
        raise PolicyRefused(
            _("{system} has no move that could be made final").format(system=system), why=_state_word(known), hint="citynode migrate status"
        )
    with Scene(stage, move, known["vantage"]) as scene:
        outcome = perform(stage.control, _finalize_work(scene, {"system": system, "change_id": known["change_id"]}))
    return {
        "system": system,
        "state": FINAL,
        "at": move.target,
        **outcome.results["last-look"],
        "change_id": outcome.change_id,
        "seconds": round(outcome.seconds, 2),
    }


def _run_work(scene: Scene, payload: dict[str, Any]) -> Work:
    from ops.durable import Step, Work

    names = {name: getattr(steps, name) for name, _text in _PLAN}

    def checked(run: Any) -> Any:
        _refuse_what_is_moved(scene.stage, scene.move.system.name, None)  # again: before the lease, another command may have moved it
        found = steps.check(scene, run)
        scene.stage.moves.begin(
            scene.move.system.name,
            state=MOVING,
            change_id=run.change_id,
            vantage=scene.vantage,
            source=scene.move.source,
            target=scene.move.target,
        )
        return found

    def watched(run: Any) -> Any:
        seen = steps.watch(scene, run)
        facts = facts_of({**run.done, "watch": seen})
        scene.stage.moves.note(scene.move.system.name, state=WATCHING, address=run.done["switch"]["address"], **facts)
        return seen

    own = {"check": checked, "watch": watched}
    doing = tuple(Step(name, own.get(name) or _bound(function, scene)) for name, function in names.items())
    undoing = (Step("give-up", _bound(back.give_up, scene)), Step("tidy", _bound(back.tidy, scene)))
    return Work(
        RUN,
        _subject(scene.move.system.name),
        payload,
        doing,
        _leases(scene.move),
        undoing,
        give_up=f"citynode migrate rollback {payload['system']}",
    )


def _rollback_work(scene: Scene, payload: dict[str, Any]) -> Work:
    from ops.durable import Step, Work

    def cleaned(run: Any) -> Any:
        found = back.clean(scene, run)
        scene.stage.moves.note(scene.move.system.name, state=BACK, rollback={**_seen(run.done), "change_id": run.change_id})
        return found

    table = {
        N_("back-look", STEP): back.look,
        N_("back-users", STEP): back.users_again,
        N_("back-drain", STEP): back.drain_target,
        N_("back-carry", STEP): back.carry_back,
        N_("back-compare", STEP): back.compare_back,
        N_("back-give-up", STEP): _give_up_run,
        N_("back-release", STEP): back.release_source,
        N_("back-switch", STEP): back.switch_back,
        N_("back-watch", STEP): back.watch_back,
    }
    doing = (*(Step(name, _bound(function, scene)) for name, function in table.items()), Step("back-clean", cleaned))
    staying = (Step("stay", _bound(back.stay, scene)),)
    return Work(ROLLBACK, _subject(scene.move.system.name), payload, doing, _leases(scene.move), staying, give_up=None)


def _finalize_work(scene: Scene, payload: dict[str, Any]) -> Work:
    from ops.durable import Step, Work

    def retired(run: Any) -> Any:
        last = run.done["last-look"]
        scene.stage.moves.note(scene.move.system.name, state=FINALIZING, last_look=last)
        found = finish.retire(scene, run)
        scene.stage.moves.note(scene.move.system.name, state=FINAL, lost_writes=last["lost_writes"], ledger=last["ledger"])
        return found

    table = {"last-look": finish.last_look, "final-give-up": _give_up_run}
    doing = (*(Step(name, _bound(function, scene)) for name, function in table.items()), Step("retire", retired))
    return Work(FINALIZE, _subject(scene.move.system.name), payload, doing, _leases(scene.move), give_up=None)


def _give_up_run(scene: Scene, _run: Any) -> dict[str, Any]:
    """A run that was killed is never gone on with: what it did is being taken away."""
    from ops.durable import abandon

    unfinished = _unfinished(scene.stage, RUN, scene.move.system.name)
    if unfinished is None:
        return {"given_up": ""}
    abandon(scene.stage.control, unfinished)
    return {"given_up": unfinished.change_id}


def _seen(done: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What users saw of the way back."""
    return {name: done["back-watch"][name] for name in ("outage_seconds", "lost_writes", "ledger")}


def _bound(function: Any, scene: Scene) -> Any:
    return lambda run: function(scene, run)


def _moved(move: Move, outcome: Outcome) -> dict[str, Any]:
    return {
        "system": move.system.name,
        "state": WATCHING,
        "from": move.source,
        "to": move.target,
        "address": outcome.results["switch"]["address"],
        **facts_of(outcome.results),
        "share_mbit": move.share_mbit,
        "link_mbit": move.link_mbit,
        "change_id": outcome.change_id,
        "resumed": outcome.resumed,
        "seconds": round(outcome.seconds, 2),
    }


def _note_failure(stage: Stage, system: str, problem: CitynodeError) -> None:
    """Say in the store why the move ended, once it was undone."""
    if stage.moves.read(system).get("state") == FAILED:
        stage.moves.note(system, error=str(problem)[:300])


def _refuse_what_is_moved(stage: Stage, system: str, unfinished: Attempt | None) -> None:
    state = stage.moves.read(system).get("state")
    if _unfinished(stage, ROLLBACK, system) is not None:
        raise PolicyRefused(_("a rollback of {system} is not finished").format(system=system), hint=f"citynode migrate rollback {system}")
    ways_on = {
        WATCHING: f"citynode migrate finalize {system} | citynode migrate rollback {system}",
        FINALIZING: f"citynode migrate finalize {system}",
        FINAL: "citynode migrate status",
    }
    if unfinished is None and state in ways_on:
        raise PolicyRefused(
            _("{system} was moved already").format(system=system), why=_state_word(stage.moves.read(system)), hint=ways_on[state]
        )


def _state_word(known: dict[str, Any]) -> str:
    return _("its state: {state}").format(state=word(known.get("state", "")) or _("never moved"))


def _subject(system: str) -> str:
    return f"system:{system}"


def _leases(move: Move) -> tuple[str, ...]:
    """Nobody else moves it, or drills the databases that take it in, meanwhile."""
    return (_subject(move.system.name), f"group:{move.group}")


def _unfinished(stage: Stage, kind: str, system: str) -> Attempt | None:
    from ops.record import Record

    return Record.open(stage.control).unfinished(kind, _subject(system))


__all__ = ["Planned", "Stage", "UsageProblem", "finalize_move", "plan_run", "plan_steps", "rollback_move", "run_move"]
