"""What a departmental system has inside: tables, sequences, roles, rows and files, the same at every seeding.

Half of the size goes into the database and half into files. Nothing of it is a person's: every value is derived from
the system's name and a number.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from lab.box import Box
from lab.hosts import postgres
from lab.hosts.layout import SystemHost

ROWS_PER_MB = 1000
FILE_BYTES = 96 * 1024
MTIME = 1_571_000_000
"""A moment in October 2019, so that manifests are equal too."""

_SCHEMA = """
BEGIN;
CREATE TABLE entries (
    id bigserial PRIMARY KEY, token text NOT NULL UNIQUE, body text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE categories (code text PRIMARY KEY, title text NOT NULL);
CREATE TABLE records (
    id bigserial PRIMARY KEY, category text NOT NULL REFERENCES categories,
    amount numeric(12,2) NOT NULL, opened date NOT NULL, body text NOT NULL);
CREATE TABLE decisions (
    record bigint NOT NULL REFERENCES records, number int NOT NULL, verdict boolean, note text, PRIMARY KEY (record, number));
CREATE INDEX records_category ON records (category);
CREATE SEQUENCE case_number START 1000;
CREATE VIEW open_records AS SELECT r.id, c.title FROM records r JOIN categories c ON c.code = r.category WHERE r.amount > 500;
INSERT INTO categories SELECT 'c' || g, 'category ' || g FROM generate_series(1, 12) g;
INSERT INTO records (category, amount, opened, body)
    SELECT 'c' || (g % 12 + 1), g % 1000 + 0.25, date '2019-01-01' + g % 365,
           (SELECT string_agg(md5('{system}' || g || ':' || k), '') FROM generate_series(1, 28) k)
    FROM generate_series(1, {rows}) g;
INSERT INTO decisions SELECT g, 1, g % 3 = 0, nullif('note ' || g % 7, 'note 0') FROM generate_series(1, {rows}, 4) g;
SELECT setval('case_number', 1000 + {rows});
ALTER TABLE entries OWNER TO {role}; ALTER TABLE categories OWNER TO {role}; ALTER TABLE records OWNER TO {role};
ALTER TABLE decisions OWNER TO {role}; ALTER SEQUENCE case_number OWNER TO {role}; ALTER VIEW open_records OWNER TO {role};
GRANT SELECT ON records, categories, decisions, open_records TO {role}_report;
COMMENT ON DATABASE {database} IS 'seeded by the lab';
COMMIT;
"""


def seed_database(box: Box, host: SystemHost, password: str) -> None:
    """Roles, database and rows, unless they are there."""
    ask = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{host.database}'"  # noqa: S608 - the city's own name
    if postgres.psql(box, host, ask) == "seeded by the lab":
        return
    role = host.database
    postgres.psql(
        box,
        host,
        f"DROP DATABASE IF EXISTS {host.database} (FORCE);\n"
        + "".join(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name} {kind}; END IF; END $$;\n"
            for name, kind in ((role, "LOGIN"), (f"{role}_report", "NOLOGIN"))
        )
        + f"ALTER ROLE {role} PASSWORD '{password}';\nCREATE DATABASE {host.database} OWNER {role};\n",
    )
    rows = int(host.seed_mb / 2 * ROWS_PER_MB)
    schema = _SCHEMA.format(system=host.system, rows=rows, role=role, database=host.database)
    postgres.psql(box, host, schema, database=host.database, timeout=600)


def seed_files(box: Box, host: SystemHost) -> None:
    """The system's files, unless they are there; a killed seeding is gone on with."""
    folder = box.dir(host.site, *Path(host.files).parts[1:])
    for number in range(max(1, int(host.seed_mb / 2 * 1_000_000 / FILE_BYTES))):
        path = folder / f"file-{number:05d}.bin"
        if path.exists():
            continue
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(Random(f"{host.system}/{number}").randbytes(FILE_BYTES))  # noqa: S311 - the same bytes each time, not a secret
        os.utime(fresh, (MTIME, MTIME))
        fresh.replace(path)
