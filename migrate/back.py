"""The way back to the department, from wherever a move stands: with everything that was written since, or untouched.

What has to be done follows from what the databases say, never from what a process remembers: if the target ever took
writes, they are carried back first and compared; if it never did, the department's system is simply let go again. What
another move did is never undone, and nothing is removed while only the target has what users wrote.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from migrate import address, catalogue, files, limits, replication, verify
from migrate.carriage import beside
from migrate.database import comment_of, literal
from migrate.errors import Stalled
from migrate.road import Road
from migrate.room import RESTORED, TAKEN_OVER, remove_database
from migrate.steps import JsonObject, measure, until_good, wait_small
from migrate.watch import Users
from migrate.workload import Zone, volume_folder
from ops.errors import PolicyRefused, Unreachable
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene
    from ops.durable import Run


def comment_at_target(scene: Scene) -> str:
    """What the comment of the system's database at the target says; empty where there is none."""
    return comment_of(scene.cluster, scene.move.database) or ""


def stands(scene: Scene, mark: str = "") -> bool:
    """Whether the target has the system's database, made by a move of it (and marked so by that)."""
    comment = comment_at_target(scene)
    return comment.startswith(f"{scene.move.mark} ") and comment.endswith(mark)


def is_final(scene: Scene) -> bool:
    """Whether the database at the target is no longer a move's but the system's own: whatever a state says, it was made final."""
    return comment_at_target(scene).startswith(final_mark(scene))


def final_mark(scene: Scene) -> str:
    """What the database's comment says once its move is final, before the change id."""
    return f"moved from {scene.move.source}:"


def being_made_final(system: str, why: str) -> PolicyRefused:
    """The refusal to take a move back whose way back may be gone."""
    return PolicyRefused(
        _("the move of {system} is being made final").format(system=system), why=why, hint=f"citynode migrate finalize {system}"
    )


def is_of_another(scene: Scene) -> bool:
    """Whether a move of the system that this state does not know made the database at the target."""
    comment, mark = comment_at_target(scene), f"{scene.move.mark} "
    own = f"{mark}{_known(scene).get('change_id')}"
    return comment.startswith(mark) and comment.removesuffix(TAKEN_OVER).removesuffix(RESTORED) != own


def target_is_active(scene: Scene) -> bool:
    """Whether users may write at the target: then it holds what the department doesn't."""
    return stands(scene) and not replication.is_read_only(scene.target, scene.move.database)


def keeps_writes(scene: Scene) -> bool:
    """Whether the target keeps what is written there for the way back: the slot is made before it is opened, never after."""
    return stands(scene) and bool(
        scene.target.ask(f"SELECT 1 AS there FROM pg_replication_slots WHERE slot_name = {literal(scene.move.back)}")
    )


def took_over(scene: Scene) -> bool:
    """Whether users may ever have written at the target, also if it takes no writes now: any sign of it counts."""
    return stands(scene, TAKEN_OVER) or keeps_writes(scene) or target_is_active(scene)


def source_is_active(scene: Scene) -> bool:
    """Whether users may write at the department."""
    return not replication.is_read_only(scene.source, scene.move.database)


def has_writes(scene: Scene) -> bool:
    """Whether there is something to carry back; refuses where another move took over, or the slot that keeps it is lost."""
    if not took_over(scene):
        return False
    if is_of_another(scene):
        raise PolicyRefused(
            _("another move of {system} took over").format(system=scene.move.system.name),
            why=_("the comment of its database at the target: {comment}").format(comment=comment_at_target(scene)),
            hint=_("nothing was undone: take that move back with the state that knows it (CITYNODE_STATE)"),
        )
    if not keeps_writes(scene):
        raise PolicyRefused(
            _("the way back of {system} is broken").format(system=scene.move.system.name),
            why=_("the city node's database lost the slot that keeps what was written since the cutover, as a failover does"),
            hint=_("move it back by hand: dump the database at the target, or stay there (citynode migrate finalize {system})").format(
                system=scene.move.system.name
            ),
        )
    return True


def look(scene: Scene, _run: Run) -> JsonObject:
    """The way back is open: both databases answer and the department follows."""
    if is_final(scene):
        raise being_made_final(scene.move.system.name, comment_at_target(scene))
    if source_is_active(scene):
        refuse_to_lose(scene)
        return {"already": True}
    return {"already": False, "with_data": has_writes(scene)}


def users_again(scene: Scene, _run: Run) -> JsonObject:
    """The users write while it goes back, if anybody can write now."""
    probe = Users(scene, _known(scene)["change_id"])
    probe.start()
    return {"write": probe.number()}


def drain_target(scene: Scene, run: Run) -> JsonObject:
    """The target may only read from now on."""
    if source_is_active(scene) or not has_writes(scene):
        return {"lsn": ""}
    run.progress.stage(_("way back of {system}").format(system=scene.move.system.name))
    number = Users(scene, _known(scene)["change_id"]).number()
    return {"lsn": replication.drain(scene.target, scene.move.database), "write": number, "at": time.time()}


def carry_back(scene: Scene, run: Run) -> JsonObject:
    """What was written since the cutover is at the department: rows, files with their owners, and where sequences stand."""
    position = run.done["back-drain"]["lsn"]
    if not position or source_is_active(scene):
        return {"carried": False}
    move, road = scene.move, Road(scene)
    road.open(_known(scene)["change_id"])
    ensure_following(scene)
    volume = volume_folder(scene.stage.access.centres[move.target], move)
    limit = 3600 + limits.carrying(_known(scene).get("files_bytes", 0), move.share_mbit)
    way = (scene.node, move.source_lan, move.files_port, volume, road.password_file)
    owned = (scene.department, move.files, f"{road.mover.folder}/owners.json")
    files.note_owners(*owned)
    with beside(scene, lambda _stop: files.push(*way, seconds=limit)) as carrying:
        wait_small(
            lambda: replication.lag(scene.target, move.back, f"{literal(position)}::pg_lsn"), _("the last rows"), run.progress, most=0
        )
        if not carrying.result():
            raise Stalled(
                _("the files of {system} don't come back").format(system=move.system.name),
                hint=_("is the link cut? then run the same command again"),
            )
    files.restore_owners(*owned)
    scene.source.do(*catalogue.set_sequences(catalogue.sequences(scene.target)))
    return {"carried": True}


def ensure_following(scene: Scene) -> None:
    """The department follows the target, also if the move died before it began to."""
    from migrate.steps import follow_target

    follow_target(scene, _known(scene)["change_id"])


def compare_back(scene: Scene, run: Run) -> JsonObject:
    """The department holds all that the target holds."""
    if not run.done["back-drain"]["lsn"] or source_is_active(scene):
        return {"compared": False}
    volume = volume_folder(scene.stage.access.centres[scene.move.target], scene.move)
    with ThreadPoolExecutor(1) as pool:
        checking = pool.submit(verify.verify_files, scene, volume)
        rows = verify.verify_rows(scene)
        return {"compared": True, **rows, "files": checking.result()["files"]}


def release_source(scene: Scene, run: Run) -> JsonObject:
    """The department takes writes again, and nobody else does."""
    if not source_is_active(scene):
        if target_is_active(scene):
            raise PolicyRefused(_("the target still takes writes"), why=_("both sides would"), hint=_("run the same command again"))
        replication.unsubscribe(scene.source, scene.move.back)
        run.check_lease()
        replication.open_up(scene.source, scene.move.database)
    return {"at": time.time()}


def switch_back(scene: Scene, _run: Run) -> JsonObject:
    """The name leads to the department."""
    before = _known(scene).get("before")
    if before:
        address.point(address.name_server(scene.stage.access), scene.move, before, address.SHORT)
    return {"before": before}


def watch_back(scene: Scene, run: Run) -> JsonObject:
    """Users write at the department; nothing that was ever acknowledged is missing."""
    known = _known(scene)
    probe = Users(scene, known["change_id"])
    until_good(probe, run.progress, str(scene.move.source_lan), seconds=60, writes=40)
    return measure(scene, known["change_id"], int({**run.done["back-users"], **run.done["back-drain"]}["write"]))


def clean(scene: Scene, _run: Run) -> JsonObject:
    """Nothing of the move is left on either side; the name's record has its old lifetime."""
    refuse_to_lose(scene)
    move, known = scene.move, _known(scene)
    Users(scene, known["change_id"]).keep()
    clean_source(scene)
    zone = Zone(scene.stage.access.centres[move.target], move)
    if zone.exists():
        zone.remove()
    files.remove(scene.node, volume_folder(scene.stage.access.centres[move.target], move))
    Road(scene).forget()
    remove_database(scene, carried_back=True)
    if known.get("before"):
        address.point(address.name_server(scene.stage.access), move, known["before"], address.LONG)
    scene.forget_passwords()
    return {"clean": True}


def refuse_to_lose(scene: Scene) -> None:
    """Return when the target has nothing that the department lacks: either it never took over, or it was drained and carried back."""
    if stands(scene, TAKEN_OVER) and (target_is_active(scene) or not source_is_active(scene)):
        raise PolicyRefused(
            _("{system} runs at its target: nothing there is removed").format(system=scene.move.system.name),
            why=_("what users wrote there since the cutover was not carried back"),
            hint=_("citynode migrate status shows which side takes writes: close the department's, then take it back or finalize it"),
        )


def clean_source(scene: Scene) -> None:
    """The department's side is as it was: no publication, no slot, no login, no program of ours."""
    move = scene.move
    Users(scene, "").remove()
    Road(scene).close()
    replication.unsubscribe(scene.source, move.back)
    replication.unpublish(scene.source, move.tag, move.tag)
    replication.drop_login(scene.source, move.tag)


def give_up(scene: Scene, run: Run) -> JsonObject:
    """When a move failed: its users are back at the department, with everything that was acknowledged."""
    if "prepare" not in run.done and "users" not in run.done and "check" not in run.done:
        return {"touched": False}
    scene.let_go()
    if not source_is_active(scene):
        if _has_writes_of(scene, run):
            run.progress.note(_("the target had taken over: going back with what was written there"))
            drained = drain_target(scene, run)
            inner = _with(run, "back-drain", drained)
            carry_back(scene, inner)
            compare_back(scene, inner)
        replication.unsubscribe(scene.source, scene.move.back)
        run.check_lease()
        replication.open_up(scene.source, scene.move.database)
    switch_back(scene, run)
    return {"touched": True}


def _has_writes_of(scene: Scene, run: Run) -> bool:
    """Whether there is something to carry back, where the department may only read.

    A run that came no further than its own drain opened nothing: its users don't wait for a target that does not answer.
    """
    try:
        found = has_writes(scene)
    except Unreachable:
        if "gate" not in run.done or "compare" in run.done:
            raise
        found = False
    if not found and "gate" not in run.done:
        raise PolicyRefused(
            _("the department's database may only be read, and not by this move"),
            hint=_("is another move of {system} going on? look at it with the state that knows it (CITYNODE_STATE)").format(
                system=scene.move.system.name
            ),
        )
    return found


def tidy(scene: Scene, run: Run) -> JsonObject:
    """When a move failed: nothing of it is left."""
    if "check" not in run.done:
        return {"clean": True}
    cleaned = clean(scene, run)
    scene.stage.moves.note(scene.move.system.name, state="failed")
    return cleaned


def stay(scene: Scene, run: Run) -> JsonObject:
    """When a way back failed: users go on at the target, unless the department took over already."""
    scene.let_go()
    if not source_is_active(scene) and took_over(scene) and not target_is_active(scene) and not is_of_another(scene):
        run.check_lease()
        replication.open_up(scene.target, scene.move.database)
    return {"at": scene.move.target}


def _with(run: Run, step: str, result: JsonObject) -> Run:
    from dataclasses import replace

    return replace(run, done={**run.done, step: result})


def _known(scene: Scene) -> JsonObject:
    return scene.stage.moves.read(scene.move.system.name)
