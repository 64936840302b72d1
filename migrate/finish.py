"""The end of a move that stays: a last look at the ledger, then nothing of the move is left on either side.

Its last word is the comment of the database at the target. Until then what failed is begun again; the way back is gone by then.

The department's database stays, read-only for everybody: retiring its host is another decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate import address, replication
from migrate.back import final_mark, is_final, source_is_active, target_is_active
from migrate.database import literal, name
from migrate.errors import Different
from migrate.road import Road
from migrate.steps import JsonObject
from migrate.watch import Users, counts, lost, present
from ops.errors import PolicyRefused
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene
    from ops.durable import Run


def last_look(scene: Scene, _run: Run) -> JsonObject:
    """The target takes writes, the department doesn't, and nothing that was acknowledged is missing."""
    system = scene.move.system.name
    if source_is_active(scene) or not (target_is_active(scene) or is_final(scene)):
        raise PolicyRefused(_("{system} does not run at its target").format(system=system), hint="citynode migrate status")
    known = scene.stage.moves.read(system)
    if "last_look" in known:  # `retire` began, and took the users away first: what they saw is in the store
        return dict(known["last_look"])
    change = known["change_id"]
    probe = Users(scene, change)
    probe.stop()
    entries = probe.ledger()
    gone = lost(entries, present(scene.target, change))
    probe.keep()
    if gone:
        raise Different(
            _("{count} acknowledged writes are missing at the target").format(count=len(gone)),
            why=", ".join(gone[:5]),
            hint=_("citynode migrate rollback {system}, and find out who removed them").format(system=system),
        )
    return {"lost_writes": 0, "ledger": counts(entries)}


def retire(scene: Scene, _run: Run) -> JsonObject:
    """No replication, no mover, no probe, no login of the move; the name's lifetime is as before; the database is the system's own."""
    move = scene.move
    Users(scene, "").remove()
    Road(scene).close()
    Road(scene).forget()
    replication.unsubscribe(scene.source, move.back)
    replication.unpublish(scene.source, move.tag, move.tag)
    replication.drop_login(scene.source, move.tag)
    replication.unpublish(scene.target, move.back, move.back)
    replication.drop_login(scene.cluster, move.tag)
    server = address.name_server(scene.stage.access)
    address.point(server, move, address.read(server, move), address.LONG)
    comment = f"{final_mark(scene)} {scene.stage.moves.read(move.system.name)['change_id']}"
    scene.cluster.do(f"COMMENT ON DATABASE {name(move.database)} IS {literal(comment)}")
    scene.forget_passwords()
    return {"clean": True}
