"""The copy and the way back: PostgreSQL's logical replication, made, watched and removed step by step.

Every act asks the databases first what is there, so each may be repeated. Slots are made by themselves before the
subscription that uses them: a crash in between leaves nothing that the next try would stumble over. Dropping never
asks the other side over the thin link: each side forgets its own half.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from migrate.catalogue import ROLES
from migrate.database import Database, Row, literal, name, one
from ops.language import _

_META = re.compile(r"^\\.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind its slot's server."""

    is_active: bool
    bytes: int


def make_login(database: Database, role: str, password: str, comment: str) -> None:
    """The role that replicates, with read access for the first copy."""
    database.do(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(role)}) THEN CREATE ROLE {name(role)}; END IF; END $$",
        f"ALTER ROLE {name(role)} LOGIN REPLICATION PASSWORD {literal(password)}",
        f"GRANT pg_read_all_data TO {name(role)}",
        f"COMMENT ON ROLE {name(role)} IS {literal(comment)}",
    )


def drop_login(database: Database, role: str) -> None:
    if database.ask(f"SELECT 1 AS there FROM pg_roles WHERE rolname = {literal(role)}"):
        database.do(f"DROP ROLE {name(role)}")


def publish(database: Database, publication: str, slot: str, comment: str) -> None:
    """A publication of all tables, and a slot that keeps every change from now on."""
    if not database.ask(f"SELECT 1 AS there FROM pg_publication WHERE pubname = {literal(publication)}"):
        database.do(f"CREATE PUBLICATION {name(publication)} FOR ALL TABLES")
    database.do(f"COMMENT ON PUBLICATION {name(publication)} IS {literal(comment)}")
    if not database.ask(f"SELECT 1 AS there FROM pg_replication_slots WHERE slot_name = {literal(slot)}"):
        database.do(f"SELECT pg_create_logical_replication_slot({literal(slot)}, 'pgoutput')")


def unpublish(database: Database, publication: str, slot: str) -> None:
    """Neither publication nor slot, nor what an unfinished first copy left of its own slots."""
    wanted = f"slot_name = {literal(slot)} OR (database = current_database() AND slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$')"
    for row in database.ask(f"SELECT slot_name FROM pg_replication_slots WHERE {wanted}"):
        _drop_slot(database, row["slot_name"])
    database.do(f"DROP PUBLICATION IF EXISTS {name(publication)}")


def _drop_slot(database: Database, slot: str) -> None:
    until = time.monotonic() + 15
    while found := database.ask(f"SELECT active_pid FROM pg_replication_slots WHERE slot_name = {literal(slot)}"):
        if found[0]["active_pid"] is None:
            database.do(
                f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                f"WHERE slot_name = {literal(slot)} AND active_pid IS NULL"
            )
            continue
        database.do(f"SELECT pg_terminate_backend({int(found[0]['active_pid'])})")
        if time.monotonic() > until:
            return
        time.sleep(0.1)


def subscribe(database: Database, subscription: str, connection: str, publication: str, *, copy: bool, comment: str) -> None:
    """A subscription to a slot of the same name, with or without the rows that are there already."""
    if not database.ask(f"SELECT 1 AS there FROM pg_subscription WHERE subname = {literal(subscription)}"):
        options = f"create_slot = false, slot_name = {literal(subscription)}, copy_data = {str(copy).lower()}"
        database.do(
            f"CREATE SUBSCRIPTION {name(subscription)} CONNECTION {literal(connection)} PUBLICATION {name(publication)} WITH ({options})"
        )
    database.do(f"COMMENT ON SUBSCRIPTION {name(subscription)} IS {literal(comment)}")


def unsubscribe(database: Database, subscription: str) -> None:
    """No subscription; its slot is the other side's to drop."""
    if database.ask(
        f"SELECT 1 AS there FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid "
        f"WHERE d.datname = current_database() AND subname = {literal(subscription)}"
    ):
        database.do(
            f"ALTER SUBSCRIPTION {name(subscription)} DISABLE",
            f"ALTER SUBSCRIPTION {name(subscription)} SET (slot_name = NONE)",
            f"DROP SUBSCRIPTION {name(subscription)}",
        )


def copied(database: Database, subscription: str) -> tuple[int, int]:
    """How many tables are copied and followed, of how many."""
    row = one(
        database,
        f"SELECT count(*) FILTER (WHERE srsubstate = 'r') AS ready, count(*) AS total FROM pg_subscription_rel r "
        f"JOIN pg_subscription s ON s.oid = r.srsubid WHERE s.subname = {literal(subscription)}",
    )
    return row["ready"], row["total"]


def lag(publisher: Database, slot: str, position: str = "pg_current_wal_insert_lsn()") -> Lag:
    """How far the slot's subscriber is behind this position; without a slot it is not active and infinitely behind."""
    found = publisher.ask(
        f"SELECT active, ({position} - confirmed_flush_lsn)::bigint AS behind FROM pg_replication_slots WHERE slot_name = {literal(slot)}"
    )
    return Lag(bool(found[0]["active"]), max(0, int(found[0]["behind"]))) if found else Lag(is_active=False, bytes=1 << 62)


def drain(database: Database, system_database: str) -> str:
    """Nobody but us writes to the database any more; returns the position in its log behind the last write."""
    base = name(system_database)
    database.do(
        f"ALTER ROLE postgres IN DATABASE {base} SET default_transaction_read_only = off",
        f"ALTER DATABASE {base} SET default_transaction_read_only = on",
    )
    since = one(database, "SELECT clock_timestamp()::text AS at")["at"]
    others = (
        f"datname = {literal(system_database)} AND backend_type = 'client backend' AND application_name <> 'citynode-migrate' "
        f"AND backend_start <= {literal(since)}::timestamptz"
    )
    until = time.monotonic() + 10
    while True:
        database.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        if not one(database, f"SELECT count(*) AS left FROM pg_stat_activity WHERE {others}")["left"]:
            break
        if time.monotonic() > until:
            from ops.errors import TimedOut

            raise TimedOut(
                _("sessions of '{database}' don't end").format(database=system_database), hint=_("look at pg_stat_activity of that server")
            )
        time.sleep(0.02)
    return str(one(database, "SELECT pg_logical_emit_message(true, 'citynode', 'drained')::text AS lsn")["lsn"])


def open_up(database: Database, system_database: str) -> None:
    """Everybody may write again; sessions from before are ended, because they keep the old setting."""
    base = name(system_database)
    database.do(
        f"ALTER DATABASE {base} RESET default_transaction_read_only",
        f"ALTER ROLE postgres IN DATABASE {base} RESET default_transaction_read_only",
        (
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal(system_database)} "
            "AND backend_type = 'client backend' AND application_name <> 'citynode-migrate'"
        ),
    )


def is_read_only(database: Database, system_database: str) -> bool:
    """Whether users of the database may only read."""
    found = database.ask(
        f"SELECT 1 AS there FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
        f"WHERE s.setrole = 0 AND d.datname = {literal(system_database)} AND 'default_transaction_read_only=on' = ANY(s.setconfig)"
    )
    return bool(found)


def roles(database: Database) -> list[Row]:
    """The roles that belong to the database."""
    return database.ask(ROLES)


def create_roles(wanted: list[Row], comment: str) -> list[str]:
    """Statements that make these roles, with the passwords that they have; superusers become ordinary. Pure."""
    lines = []
    for role in wanted:
        kind = " ".join(
            word if role[key] else f"NO{word}"
            for key, word in (("inherit", "INHERIT"), ("createrole", "CREATEROLE"), ("createdb", "CREATEDB"), ("login", "LOGIN"))
        )
        password = literal(role["password"]) if role["password"] else "NULL"
        made = f"CREATE ROLE {name(role['name'])}; COMMENT ON ROLE {name(role['name'])} IS {literal(comment)};"
        lines += [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(role['name'])}) THEN {made} END IF; END $$",
            f"ALTER ROLE {name(role['name'])} {kind} CONNECTION LIMIT {int(role['connections'])} PASSWORD {password}",
        ]
    return lines + [f"GRANT {name(parent)} TO {name(role['name'])}" for role in wanted for parent in role["member_of"]]


def plain_statements(dump: str) -> str:
    """A schema dump without psql's own commands. Pure."""
    return _META.sub("", dump)
