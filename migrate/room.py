"""Room for a system on the city node: its roles, its database, its schema and settings there, and how all of it goes again.

Every statement may be the last one of a run that is killed: what stands says by its marks whose it is and how far it came.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrate import catalogue, replication
from migrate.database import literal, name, one, settle
from ops.errors import PolicyRefused
from ops.language import _

if TYPE_CHECKING:
    from migrate.database import Row
    from migrate.scene import Scene
    from ops.durable import Run

RESTORED, TAKEN_OVER = ", schema restored", ", schema restored, taken over"
"""What the comment of the system's database at the target says after the change id, as the move comes on."""


def room(scene: Scene, run: Run) -> dict[str, Any]:
    """Roles, database, schema and settings stand on the city node; nobody but the copy writes there."""
    move, comment, owner = scene.move, f"{scene.move.mark} {run.change_id}", run.done["check"]["owner"]
    standing = _standing(scene)
    if standing and not standing["comment"].startswith(comment):
        remove_database(scene)  # of an earlier move that was given up, or of a run that died before it could mark it
        standing = None
    scene.cluster.do(*replication.create_roles(replication.roles(scene.source), comment))
    scene.cluster.do(f"ALTER ROLE {name(owner)} PASSWORD {literal(scene.password('application'))}")
    if not standing:
        base = one(
            scene.source,
            "SELECT pg_encoding_to_char(encoding) AS e, datcollate AS c, datctype AS t FROM pg_database WHERE datname = current_database()",
        )
        scene.cluster.do(
            f"CREATE DATABASE {name(move.database)} OWNER {name(owner)} TEMPLATE template0 ENCODING {literal(base['e'])} "
            f"LC_COLLATE {literal(base['c'])} LC_CTYPE {literal(base['t'])}",
            f"COMMENT ON DATABASE {name(move.database)} IS {literal(comment)}",
        )
    scene.cluster.do(
        f"ALTER ROLE postgres IN DATABASE {name(move.database)} SET default_transaction_read_only = off",
        f"ALTER DATABASE {name(move.database)} SET default_transaction_read_only = on",
    )
    replication.make_login(scene.cluster, move.tag, scene.password("replication"), comment)
    if not standing or standing["comment"] == comment:
        _restore_schema(scene, comment + RESTORED)
    scene.cluster.do(*catalogue.set_settings(move.database, catalogue.settings(scene.source)))
    return {"owner": owner}


def _restore_schema(scene: Scene, comment: str) -> None:
    """The department's schema in the new database, and the comment that says so: all of it or nothing."""
    argv = [
        "runuser",
        "-u",
        "postgres",
        "--",
        "pg_dump",
        "-p",
        str(scene.source.port),
        "--schema-only",
        "--no-publications",
        "--no-subscriptions",
    ]
    dump = scene.department.run([*argv, scene.move.database], timeout=300).stdout
    mark = f"COMMENT ON DATABASE {name(scene.move.database)} IS {literal(comment)};\n"
    scene.target.do(mark + replication.plain_statements(dump))  # one message, so one transaction
    scene.drop_target()  # the dump has left its own settings in that session


def _standing(scene: Scene) -> Row | None:
    """The system's database on the city node, once nothing that a dead run sent there is still being carried out."""
    database = scene.move.database
    settle(scene.cluster, database)
    found = scene.cluster.ask(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') AS comment, datconnlimit <> -2 AS is_whole, "
        f"coalesce(shobj_description(datdba, 'pg_authid'), '') AS owner_comment FROM pg_database WHERE datname = {literal(database)}"
    )
    return found[0] if found else None


def is_ours(standing: Row, mark: str) -> bool:
    """Whether the move made the database: its comment says so or, where a kill left it none, its owner's. Pure.

    An owner is made with its mark in one transaction, before the database. Any other comment says that the database is no
    longer the move's, as after `finalize`, which leaves the owner's mark.
    """
    return bool((standing["comment"] or standing["owner_comment"]).startswith(mark))


def remove_database(scene: Scene, *, carried_back: bool = False) -> None:
    """Nothing of the system is left in the city node's databases: what the move made, and only that.

    Where the target took over, only whoever has carried the users' writes back may say that it goes.
    """
    move, standing = scene.move, _standing(scene)
    if standing and is_ours(standing, move.mark):
        if standing["comment"].endswith(TAKEN_OVER) and not carried_back:
            raise PolicyRefused(
                _("the database '{database}' at the target is not removed: it took over").format(database=move.database),
                why=standing["comment"],
                hint=_(
                    "take that move back first, with the state that knows it (CITYNODE_STATE): citynode migrate rollback {system}"
                ).format(system=move.system.name),
            )
        if standing["is_whole"]:  # nobody can connect to what a broken DROP DATABASE left
            replication.unsubscribe(scene.target, move.tag)
            replication.unpublish(scene.target, move.back, move.back)
        scene.drop_target()
        scene.cluster.do(f"DROP DATABASE {name(move.database)} WITH (FORCE)")
    replication.drop_login(scene.cluster, move.tag)
    for row in scene.cluster.ask(
        f"SELECT rolname AS name FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE {literal(move.mark + ' %')} ORDER BY 1"
    ):
        scene.cluster.do(f"DROP ROLE {name(row['name'])}")
