"""What must hold before a system can move, asked of both sides; every finding at once, nothing changed.

What logical replication can't carry (tables without a primary key, unlogged tables, large objects) is refused here,
because it would be missing at the target without anybody noticing. So is a system that was moved already: both sides say so
themselves, whatever an operator's own state knows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate import catalogue, replication
from migrate.database import Database, comment_of, one
from migrate.errors import NotReady
from migrate.room import TAKEN_OVER
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate.catalogue import Table
    from migrate.ssh import Host


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the department's side says of itself."""

    is_read_only: bool
    version: int
    wal_level: str
    encoding: str
    slots_free: int
    tables: tuple[Table, ...]
    large_objects: int
    prepared: int
    extensions: tuple[str, ...]
    database_bytes: int
    files_bytes: int
    files: int
    write_mbit: float
    rsync: bool


_SOURCE = """
SELECT d.datname AS database, current_setting('server_version_num')::int / 10000 AS version, current_setting('wal_level') AS wal_level,
       pg_encoding_to_char(d.encoding) AS encoding,
       current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) AS slots_free,
       (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects,
       (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
       (SELECT coalesce(json_agg(extname ORDER BY extname), '[]'::json) FROM pg_extension) AS extensions, pg_database_size(d.oid) AS bytes,
       pg_current_wal_insert_lsn() - '0/0' AS wal
FROM pg_database d WHERE d.datname = current_database()"""


def look_at_source(database: Database, host: Host, folder: str, *, seconds: float = 1.0) -> SourceFacts:
    """The department's side, its write rate taken over a moment."""
    first, began = one(database, _SOURCE), time.monotonic()
    count, size = host.ask("sizes", folder, timeout=300)
    has_rsync = host.run(["rsync", "--version"], allowed=None).code == 0
    tables = catalogue.tables(database)
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    last, took = one(database, "SELECT pg_current_wal_insert_lsn() - '0/0' AS wal"), time.monotonic() - began
    return SourceFacts(
        is_read_only=replication.is_read_only(database, first["database"]),
        version=first["version"],
        wal_level=first["wal_level"],
        encoding=first["encoding"],
        slots_free=first["slots_free"],
        tables=tables,
        large_objects=first["large_objects"],
        prepared=first["prepared"],
        extensions=tuple(first["extensions"]),
        database_bytes=first["bytes"],
        files_bytes=size,
        files=count,
        write_mbit=round((last["wal"] - first["wal"]) * 8e-6 / took, 3),
        rsync=has_rsync,
    )


def _writable(facts: SourceFacts) -> Finding:
    """No move has taken the users away from the department's side, whoever began it."""
    return Finding(
        "writable",
        not facts.is_read_only,
        _("the department's database may only be read") if facts.is_read_only else _("the department's database takes writes"),
        _("a move of it is going on or was done: citynode migrate status, with the state of whoever began it (CITYNODE_STATE)"),
    )


def judge_source(facts: SourceFacts, share_mbit: float) -> tuple[Finding, ...]:
    """The department's side against what a move needs. Pure."""
    without = [table.title for table in facts.tables if not table.key]
    unlogged = [table.title for table in facts.tables if not table.is_logged]
    return (
        _writable(facts),
        Finding(
            "wal-level",
            facts.wal_level == "logical",
            _("wal_level = {wal_level}").format(wal_level=facts.wal_level),
            _("set wal_level = logical in its postgresql.conf and restart it in a quiet hour"),
        ),
        Finding(
            "slots",
            facts.slots_free >= 3,
            _("{count} free replication slots").format(count=facts.slots_free),
            _("raise max_replication_slots"),
        ),
        Finding(
            "primary-keys",
            not without,
            _("tables without a primary key: {names}").format(names=", ".join(without)) if without else _("every table has a primary key"),
            _("give each of them one (ALTER TABLE … ADD PRIMARY KEY): without it a change can't be carried over"),
        ),
        Finding(
            "logged",
            not unlogged,
            _("unlogged tables: {names}").format(names=", ".join(unlogged)) if unlogged else _("every table is logged"),
            _("ALTER TABLE … SET LOGGED"),
        ),
        Finding(
            "large-objects",
            not facts.large_objects,
            _("{count} large objects").format(count=facts.large_objects),
            _("put them into a bytea column or into files: they are not replicated"),
        ),
        Finding(
            "prepared",
            not facts.prepared,
            _("{count} prepared transactions").format(count=facts.prepared),
            _("commit them or roll them back"),
        ),
        Finding(
            "files",
            facts.files_bytes >= 0,
            _("{count} files, {size} MB").format(count=facts.files, size=round(facts.files_bytes / 1e6, 1)),
            _("is `workload.files` in systems.yaml the right folder?"),
        ),
        Finding(
            "rsync", facts.rsync, _("rsync is there") if facts.rsync else _("rsync is missing"), _("install the package rsync on that host")
        ),
        Finding(
            "write-rate",
            facts.write_mbit < share_mbit,
            _("it writes {rate} Mbit/s, the move may take {share}").format(rate=facts.write_mbit, share=share_mbit),
            _("the link would never catch up: widen it, or move in a quieter hour"),
        ),
    )


_TARGET = """
SELECT current_setting('server_version_num')::int / 10000 AS version,
       current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) AS slots,
       (SELECT json_agg(name) FROM pg_available_extensions) AS extensions"""


def judge_target(cluster: Database, node: Host, facts: SourceFacts, database: str, mark: str, volumes: str) -> tuple[Finding, ...]:
    """The city node's side: version, room, extensions, and that nobody else has the name."""
    row = one(cluster, _TARGET)
    missing = sorted(set(facts.extensions) - set(row["extensions"]))
    standing = comment_of(cluster, database)
    foreign = standing is not None and not standing.startswith(mark)
    taken_over = standing is not None and not foreign and standing.endswith(TAKEN_OVER)
    needed = 2 * (facts.database_bytes + max(0, facts.files_bytes))
    room = _room(node, volumes)
    return (
        Finding(
            "version",
            row["version"] >= facts.version,
            _("PostgreSQL {source} moves to {target}").format(source=facts.version, target=row["version"]),
            _("the city node's PostgreSQL must not be older"),
        ),
        Finding(
            "target-slots",
            row["slots"] >= 1,
            _("{count} free replication slots at the target").format(count=row["slots"]),
            _("raise max_replication_slots"),
        ),
        Finding(
            "extensions",
            not missing,
            _("extensions missing at the target: {names}").format(names=", ".join(missing)) if missing else _("every extension is there"),
            _("install them on the city node's databases"),
        ),
        Finding(
            "name",
            not foreign,
            _("the target has another database '{name}'").format(name=database) if foreign else _("the database's name is free"),
            _("rename or remove it: this move did not make it"),
        ),
        Finding(
            "taken-over",
            not taken_over,
            _("the target took over from the department already ({comment})").format(comment=standing)
            if taken_over
            else _("the target did not take over yet"),
            _("users' writes are there: whoever moved it may finalize it or take it back, with the state of that move (CITYNODE_STATE)"),
        ),
        Finding(
            "room",
            room >= needed,
            _("{room} MB free at the target, {needed} needed").format(room=room // 1_000_000, needed=needed // 1_000_000),
            _("make room, or move it to another centre"),
        ),
    )


def _room(node: Host, folder: str) -> int:
    """Free bytes where the target's volumes lie."""
    return int(node.ask("room", folder or "/"))


def refuse(findings: Sequence[Finding], system: str) -> None:
    """Raise when something is in the way; all of it at once."""
    bad = [each for each in findings if not each.ok]
    if bad:
        raise NotReady(
            _("{system} can't move yet").format(system=system),
            why="; ".join(each.detail for each in bad),
            hint="; ".join(dict.fromkeys(each.hint for each in bad if each.hint)),
            findings=[each.name for each in bad],
        )
