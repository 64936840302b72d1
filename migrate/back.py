"""The way back to the department, from wherever a move stands: with everything that was written since, or untouched.

What has to be done follows from what the databases say, never from what a process remembers: if the target ever took
writes, they are carried back first and compared; if it never did, the department's system is simply let go again.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from migrate import address, catalogue, files, limits, replication, verify
from migrate.carriage import beside
from migrate.database import literal
from migrate.errors import Stalled
from migrate.road import Road
from migrate.room import TAKEN_OVER, remove_database
from migrate.steps import JsonObject, measure, until_good, wait_small
from migrate.watch import Users
from migrate.workload import Zone, volume_folder
from ops.errors import PolicyRefused
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene
    from ops.durable import Run


def stands(scene: Scene, mark: str = "") -> bool:
    """Whether the target has the system's database, made by this move (and marked so by it)."""
    comment = f"{scene.move.mark} {_known(scene)['change_id']}{mark}"
    found = scene.cluster.ask(
        f"SELECT coalesce(shobj_description(oid, 'pg_database'), '') AS comment FROM pg_database "
        f"WHERE datname = {literal(scene.move.database)}"
    )
    return bool(found) and found[0]["comment"].startswith(comment)


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
    """Whether there is something to carry back; refuses where there is and the slot that keeps it is lost."""
    if not took_over(scene):
        return False
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
    if source_is_active(scene):
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
    """What was written since the cutover is at the department: rows, files and where sequences stand."""
    position = run.done["back-drain"]["lsn"]
    if not position or source_is_active(scene):
        return {"carried": False}
    move, road = scene.move, Road(scene)
    road.open(_known(scene)["change_id"])
    ensure_following(scene)
    volume = volume_folder(scene.stage.access.centres[move.target], move)
    limit = 3600 + limits.carrying(_known(scene).get("files_bytes", 0), move.share_mbit)
    way = (scene.node, move.source_lan, move.files_port, volume, road.password_file)
    with beside(scene, lambda _stop: files.push(*way, seconds=limit)) as carrying:
        wait_small(
            lambda: replication.lag(scene.target, move.back, f"{literal(position)}::pg_lsn"), _("the last rows"), run.progress, most=0
        )
        if not carrying.result():
            raise Stalled(
                _("the files of {system} don't come back").format(system=move.system.name),
                hint=_("is the link cut? then run the same command again"),
            )
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


def release_source(scene: Scene, _run: Run) -> JsonObject:
    """The department takes writes again, and nobody else does."""
    if not source_is_active(scene):
        if target_is_active(scene):
            raise PolicyRefused(_("the target still takes writes"), why=_("both sides would"), hint=_("run the same command again"))
        replication.unsubscribe(scene.source, scene.move.back)
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
    move, known = scene.move, _known(scene)
    Users(scene, known["change_id"]).keep()
    clean_source(scene)
    zone = Zone(scene.stage.access.centres[move.target], move)
    if zone.exists():
        zone.remove()
    files.remove(scene.node, volume_folder(scene.stage.access.centres[move.target], move))
    Road(scene).forget()
    remove_database(scene)
    if known.get("before"):
        address.point(address.name_server(scene.stage.access), move, known["before"], address.LONG)
    scene.forget_passwords()
    return {"clean": True}


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
    if "compare" in run.done and not source_is_active(scene) and has_writes(scene):
        run.progress.note(_("the target had taken over: going back with what was written there"))
        drained = drain_target(scene, run)
        inner = _with(run, "back-drain", drained)
        carry_back(scene, inner)
        compare_back(scene, inner)
    if not source_is_active(scene):
        replication.unsubscribe(scene.source, scene.move.back)
        replication.open_up(scene.source, scene.move.database)
    switch_back(scene, run)
    return {"touched": True}


def tidy(scene: Scene, run: Run) -> JsonObject:
    """When a move failed: nothing of it is left."""
    if "check" not in run.done:
        return {"clean": True}
    cleaned = clean(scene, run)
    scene.stage.moves.note(scene.move.system.name, state="failed")
    return cleaned


def stay(scene: Scene, _run: Run) -> JsonObject:
    """When a way back failed: users go on at the target, unless the department took over already."""
    scene.let_go()
    if not source_is_active(scene) and took_over(scene) and not target_is_active(scene):
        replication.open_up(scene.target, scene.move.database)
    return {"at": scene.move.target}


def _with(run: Run, step: str, result: JsonObject) -> Run:
    from dataclasses import replace

    return replace(run, done={**run.done, step: result})


def _known(scene: Scene) -> JsonObject:
    return scene.stage.moves.read(scene.move.system.name)
