"""What a drill makes in the databases, and how all of it is removed again: one role, one schema a system's database.

Names carry the drill's id, so leftovers are found by name. The probe's role can write its own tables and nothing else; a
drill never touches a table of a system.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dr.database import connected
from dr.plan import Target
from dr.probe.control import Table
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from psycopg import Connection

    from dr.topology import Node

PREFIX = "citynode_drill_"


def group_prefix(group: str) -> str:
    """How all names of a group's drills begin: two groups' leftovers are never mixed up."""
    return f"{PREFIX}{hashlib.sha256(group.encode()).hexdigest()[:6]}_"


def workspace_name(group: str, drill: str) -> str:
    """The name of everything that one drill makes; it fits into PostgreSQL's 63 characters."""
    return group_prefix(group) + hashlib.sha256(drill.encode()).hexdigest()[:8]


def targets(node: Node, systems: Sequence[tuple[str, str]]) -> tuple[Target, ...]:
    """For each (system, database) the database that its probe writes to: its own, once it lives here."""
    with connected(node) as connection:
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datallowconn").fetchall()}
    return tuple(Target(system, database if database in known else "") for system, database in systems)


def prepare(node: Node, name: str, chosen: Sequence[Target], password: str) -> tuple[Table, ...]:
    """Role, schema and one table a system; what is there already stays."""
    from psycopg import sql

    role = sql.Identifier(name)
    with connected(node) as connection:
        _create_role(connection, name, password)
        if any(not target.database for target in chosen) and not _exists(connection, "pg_database", "datname", name):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    tables = []
    for target in chosen:
        database = target.database or name
        table = sql.Identifier(name, target.system)
        with connected(node, database) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(role, role))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role))
            connection.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS {} (n bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())").format(
                    table
                )
            )
            connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(table, role))
        tables.append(Table(target.system, database, f'"{name}"."{target.system}"'))
    return tuple(tables)


def present(node: Node, table: Table) -> set[int]:
    """The row numbers that the database has."""
    with connected(node, table.database) as connection:
        return {row[0] for row in connection.execute(f"SELECT n FROM {table.table}".encode()).fetchall()}  # noqa: S608 - quoted by `prepare`


def remove(node: Node, name: str) -> None:
    """Everything of this drill from every database of the cluster; repeatable."""
    from psycopg import sql

    role = sql.Identifier(name)
    with connected(node) as connection:
        _end_sessions(connection, name)
        for database in _databases(connection):
            if database != name:
                with connected(node, database) as there:
                    there.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(role))
                    if _exists(there, "pg_roles", "rolname", name):
                        there.execute(sql.SQL("DROP OWNED BY {}").format(role))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(role))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def leftovers(node: Node, beginning: str) -> tuple[str, ...]:
    """What is there under names that begin so: databases, roles, schemas, sessions."""
    pattern = beginning.replace("_", "\\_") + "%"
    found: list[str] = []
    with connected(node) as connection:
        for query, kind in (
            ("SELECT datname FROM pg_database WHERE datname LIKE %s", "database"),
            ("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", "role"),
            ("SELECT usename || ' pid ' || pid FROM pg_stat_activity WHERE usename LIKE %s", "session"),
        ):
            found += [f"{kind} {row[0]}" for row in connection.execute(query.encode(), (pattern,)).fetchall()]
        databases = _databases(connection)
    for database in databases:
        with connected(node, database) as there:
            rows = there.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (pattern,)).fetchall()
            found += [f"schema {database}.{row[0]}" for row in rows]
    return tuple(found)


def names(node: Node, beginning: str) -> tuple[str, ...]:
    """The names of the drills that left something."""
    found = {part for each in leftovers(node, beginning) for part in each.replace(".", " ").split() if part.startswith(PREFIX)}
    return tuple(sorted(map(check_name, found)))


def _create_role(connection: Connection[Any], name: str, password: str) -> None:
    """The password goes as its SCRAM verifier: no server log ever sees it in plain text."""
    from psycopg import sql

    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    verb = "ALTER" if _exists(connection, "pg_roles", "rolname", name) else "CREATE"
    connection.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier)))


def _exists(connection: Connection[Any], catalogue: str, column: str, name: str) -> bool:
    from psycopg import sql

    return (
        connection.execute(
            sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(catalogue), sql.Identifier(column)), (name,)
        ).fetchone()
        is not None
    )


def _databases(connection: Connection[Any]) -> list[str]:
    return [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate").fetchall()]


def _end_sessions(connection: Connection[Any], name: str) -> None:
    if _exists(connection, "pg_roles", "rolname", name):
        from psycopg import sql

        connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(name)))
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (name,))


def check_name(name: str) -> str:
    """The name itself, if it is one of ours: what is removed is found by it."""
    if not re.fullmatch(PREFIX + "[0-9a-f]{6}_[0-9a-f]{8}", name):
        raise CitynodeError(_("'{name}' is not the name of a drill's workspace").format(name=name), hint=_("this is a defect of citynode"))
    return name
