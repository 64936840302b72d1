"""What a database holds, as its catalogue says: tables, sequences, roles, settings, objects and grants. Queries as text; pure.

The same query on both sides of a move gives the same rows where the sides are equal.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrate.database import Database, Row, literal, name

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
CHUNK = 20_000
"""Rows whose hashes are joined into one: bounds the memory of a checksum."""
AT_ONCE = 1_000_000_000
"""Bytes of tables that are summed up in one query: a crowd of small ones costs no way there and back each."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its primary key's columns."""

    schema: str
    name: str
    key: tuple[str, ...]
    bytes: int
    is_logged: bool

    @property
    def title(self) -> str:
        return f"{self.schema}.{self.name}"


TABLES = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_total_relation_size(c.oid) AS bytes, c.relpersistence = 'p' AS is_logged,
       coalesce((SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number), '[]'::json) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {_OURS} ORDER BY 1, 2"""

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND {_OURS} ORDER BY 1, 2"""

OBJECTS = f"""
SELECT 'schema ' || n.nspname || ' ' || pg_get_userbyid(n.nspowner) || ' ' || coalesce(n.nspacl::text, '') AS line
FROM pg_namespace n WHERE {_OURS}
UNION ALL
SELECT 'relation ' || n.nspname || '.' || c.relname || ' ' || c.relkind::text || c.relpersistence::text || ' '
       || pg_get_userbyid(c.relowner) || ' '
       || coalesce(c.relacl::text, '') || ' ' || CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END
       || CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN ' without data' ELSE '' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND {_OURS}
UNION ALL
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
       || a.attnotnull::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(a.attacl::text, '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {_OURS}
UNION ALL
SELECT 'constraint ' || n.nspname || '.' || k.conname || ' ' || k.conrelid::regclass::text || ' ' || pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE {_OURS}
UNION ALL
SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
UNION ALL
SELECT 'function ' || n.nspname || '.' || p.proname || ' ' || pg_get_userbyid(p.proowner) || ' ' || md5(coalesce(p.prosrc, '')) || ' '
       || pg_get_function_identity_arguments(p.oid) || ' ' || coalesce(p.proacl::text, '')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_OURS}
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {_OURS}
UNION ALL
SELECT 'extension ' || extname || ' ' || extversion FROM pg_extension
ORDER BY 1"""
"""Everything that a schema is made of, with owners and grants, as lines."""

ROLES = """
SELECT r.rolname AS name, r.rolsuper AS super, r.rolinherit AS inherit, r.rolcreaterole AS createrole, r.rolcreatedb AS createdb,
       r.rolcanlogin AS login, r.rolconnlimit AS connections, r.rolpassword AS password,
       coalesce((SELECT json_agg(g.rolname ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_authid g ON g.oid = m.roleid
                 WHERE m.member = r.oid AND m.roleid >= 16384), '[]'::json) AS member_of
FROM pg_authid r
WHERE r.oid >= 16384 AND r.rolname NOT LIKE 'citynode\\_%' AND r.oid IN (
    SELECT s.refobjid FROM pg_shdepend s JOIN pg_database d ON d.datname = current_database()
    WHERE s.refclassid = 'pg_authid'::regclass
    AND (s.dbid = d.oid OR (s.dbid = 0 AND s.classid = 'pg_database'::regclass AND s.objid = d.oid))
    UNION SELECT m.roleid FROM pg_auth_members m JOIN pg_shdepend s ON s.refobjid = m.member
    JOIN pg_database d ON d.datname = current_database()
    WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = d.oid)
ORDER BY 1"""
"""The roles that own or may use anything in this database; passwords as the server keeps them."""


SETTINGS = f"""
SELECT coalesce(r.rolname, '') AS role, s.setdatabase <> 0 AS here,
       split_part(line, '=', 1) AS name, substr(line, strpos(line, '=') + 1) AS value
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL unnest(s.setconfig) AS line
WHERE (s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND split_part(line, '=', 1) <> 'default_transaction_read_only')
   OR (r.rolname IN (SELECT name FROM ({ROLES}) AS own)
       AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
ORDER BY 1, 2, 3"""
"""What ALTER DATABASE and ALTER ROLE have set for it and its roles; not who may write, which a move itself sets."""

_LISTS = {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
"""Settings whose value is a list of names, each quoted where it must be."""

MATERIALIZED = f"""
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated AND {_OURS} ORDER BY c.oid"""
"""Materialized views with rows, one that reads another behind that: nothing carries their rows."""


def settings(database: Database) -> list[Row]:
    """What is set for the database and its roles."""
    return database.ask(SETTINGS)


def set_settings(database: str, rows: Iterable[Row]) -> list[str]:
    """Statements that set this for the database of that name and its roles."""
    return [f"ALTER {_whose(database, row)} SET {name(row['name'])} TO {_value(row)}" for row in rows]


def _whose(database: str, row: Row) -> str:
    if not row["role"]:
        return f"DATABASE {name(database)}"
    return f"ROLE {name(row['role'])}" + (f" IN DATABASE {name(database)}" if row["here"] else "")


def _value(row: Row) -> str:
    if row["name"] not in _LISTS:
        return literal(row["value"])
    parts = [quoted.replace('""', '"') or plain for quoted, plain in re.findall(r'"((?:[^"]|"")*)"|([^",\s]+)', row["value"])]
    return ", ".join(literal(part) for part in parts) or "''"


def refresh(database: Database) -> list[str]:
    """Statements that give the materialized views that have rows at that database the rows of today, wherever they are run."""
    return [f"REFRESH MATERIALIZED VIEW {name(row['schema'])}.{name(row['name'])}" for row in database.ask(MATERIALIZED)]


def tables(database: Database) -> tuple[Table, ...]:
    return tuple(Table(row["schema"], row["name"], tuple(row["key"]), row["bytes"], row["is_logged"]) for row in database.ask(TABLES))


def sequences(database: Database) -> list[Row]:
    """Every sequence with where it stands."""
    found = database.ask(SEQUENCES)
    if not found:
        return []
    asked = [
        f"SELECT {literal(each['schema'])} AS schema, {literal(each['name'])} AS name, last_value, is_called "
        f"FROM {name(each['schema'])}.{name(each['name'])}"
        for each in found
    ]
    return database.ask(" UNION ALL ".join(asked) + " ORDER BY 1, 2")


def set_sequences(rows: Iterable[Row]) -> list[str]:
    """Statements that put sequences where these stand."""
    return [
        f"SELECT setval({literal(name(row['schema']) + '.' + name(row['name']))}, {int(row['last_value'])}, {bool(row['is_called'])})"
        for row in rows
    ]


def batches(wanted: Iterable[Table]) -> list[list[Table]]:
    """The tables in their order, as many at once as are read in a moment; a large one by itself."""
    found: list[list[Table]] = []
    size = 0
    for table in wanted:
        if not found or size + table.bytes > AT_ONCE:
            found.append([])
            size = 0
        found[-1].append(table)
        size += table.bytes
    return found


def checksums(wanted: Sequence[Table]) -> str:
    """One query for these tables: how many rows, and a hash over every row in the order of the primary key."""
    return " UNION ALL ".join(_checksum(table) for table in wanted) + " ORDER BY 1"


def _checksum(table: Table) -> str:
    order = ", ".join(f'"citynode row".{name(column)}::text COLLATE "C"' for column in table.key) or '"citynode row"::text COLLATE "C"'
    return (
        f"(SELECT {literal(table.title)} AS name, coalesce(sum(count), 0)::bigint AS rows, "
        f"md5(coalesce(string_agg(part, '' ORDER BY chunk), '')) AS hash "
        f"FROM (SELECT place / {CHUNK} AS chunk, count(*) AS count, md5(string_agg(hash, '' ORDER BY place)) AS part FROM ("
        f'SELECT row_number() OVER (ORDER BY {order}) - 1 AS place, md5("citynode row"::text) AS hash '
        f'FROM {name(table.schema)}.{name(table.name)} AS "citynode row") AS hashed GROUP BY 1) AS chunks)'
    )
