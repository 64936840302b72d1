"""Both databases of a move behind one narrow interface: the department's by psql over SSH, the node's by libpq.

Both speak as administrators, in one fixed setting (time zone, dates, floats), so that the same value has the same text
on both sides. Neither is asked anything over the department's thin link.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from migrate.limits import ANSWER
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.language import _

if TYPE_CHECKING:
    import paramiko
    from psycopg import Connection

    from migrate.ssh import Host
    from ops.access import Centre

APPLICATION = "citynode-migrate"
"""Our sessions' name: a drain ends all others."""
SETTINGS = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3; "
    "SET bytea_output = 'hex'; "
    "SET client_min_messages = error; SET default_transaction_read_only = off; SET statement_timeout = 0"
)
Row = dict[str, Any]


class Database(Protocol):
    """An administrator's session in one database."""

    def ask(self, query: str, *, seconds: float = ANSWER) -> list[Row]:
        """The rows of a query as JSON knows them; where silence could mean anything, it is waited for so long."""

    def do(self, *statements: str) -> None:
        """Carry the statements out, each by itself."""


def one(database: Database, query: str) -> Row:
    """The only row of a query."""
    (row,) = database.ask(query)
    return row


def comment_of(session: Database, database: str) -> str | None:
    """What the comment of this database of the server says, empty where it has none; None where there is no such database."""
    found = session.ask(
        f"SELECT coalesce(shobj_description(oid, 'pg_database'), '') AS comment FROM pg_database WHERE datname = {literal(database)}"
    )
    return str(found[0]["comment"]) if found else None


def settle(session: Database, database: str, *, seconds: float = 60) -> None:
    """Return when nothing that an earlier session of ours sent about this database is still being carried out.

    A server carries out to its end what a killed client sent: until then, what stands may still change.
    """
    pending = (
        f"SELECT left(query, 60) AS what FROM pg_stat_activity WHERE application_name = {literal(APPLICATION)} AND state = 'active' "
        f"AND pid <> pg_backend_pid() AND position({literal(f' DATABASE {name(database)} ')} IN query) > 0"
    )
    until = time.monotonic() + seconds
    while left := session.ask(pending):
        if time.monotonic() > until:
            raise TimedOut(
                _("the database server still carries out what an earlier run sent about '{database}'").format(database=database),
                why=left[0]["what"],
                hint=_("what does it wait for? look at pg_stat_activity of that server, then run the same command again"),
            )
        time.sleep(0.1)


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """The text as an SQL name."""
    return '"' + text.replace('"', '""') + '"'


def _as_json(query: str) -> str:
    return f"SELECT coalesce(json_agg(q), '[]'::json)::text FROM ({query}) q"


class Psql:
    """The department's database: one psql on its host, run by the server's owner over its socket, kept open."""

    def __init__(self, host: Host, database: str, port: int) -> None:
        self._host, self.database, self.port = host, database, port
        self._channel: paramiko.Channel | None = None
        self._lock = threading.Lock()

    def ask(self, query: str, *, seconds: float = ANSWER) -> list[Row]:
        text = self._say(_as_json(query), seconds)
        found: list[Row] = json.loads(text)
        return found

    def do(self, *statements: str) -> None:
        for statement in statements:
            self._say(statement)

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _say(self, statement: str, timeout: float = ANSWER) -> str:
        """What psql prints for a statement."""
        with self._lock:
            try:
                channel = self._open()
                marker = f"citynode-{secrets.token_hex(8)}"
                channel.settimeout(timeout)
                channel.sendall(f"{statement}\n;\n\\echo {marker}\n".encode())
                return self._read(channel, marker)
            except TimeoutError as late:
                self.close()
                raise TimedOut(
                    _("the database of {site} did not answer in {seconds:g} s").format(site=self._host.site, seconds=timeout)
                ) from late
            except (OSError, EOFError) as cut:
                self.close()
                raise self._lost(str(cut)) from cut

    def _open(self) -> paramiko.Channel:
        if self._channel is None or self._channel.closed or self._channel.exit_status_ready():
            line = (
                f"cd / && PGAPPNAME={APPLICATION} PGOPTIONS='-c client_min_messages=error' exec runuser -u postgres -- "
                f"psql -XAtq -v ON_ERROR_STOP=1 -p {self.port} -d {self.database}"
            )
            self._channel = self._host.open(line)
            self._channel.sendall(f"{SETTINGS};\n".encode())
        return self._channel

    def _read(self, channel: paramiko.Channel, marker: str) -> str:
        """All until the marker; what psql complained of, as an error, if it ended."""
        said = b""
        end = f"{marker}\n".encode()
        while not said.endswith(end):
            more = channel.recv(65536)
            if not more:
                raise self._ended(channel)
            said += more
        return said[: -len(end)].decode().strip()

    def _ended(self, channel: paramiko.Channel) -> CitynodeError:
        complaint = b""
        with suppress(TimeoutError):
            while more := channel.recv_stderr(65536):
                complaint += more
        code = channel.recv_exit_status()
        self.close()
        lines = [line for line in complaint.decode(errors="replace").splitlines() if line.strip()]
        if code == 3 and not any("server closed the connection" in line or "terminating connection" in line for line in lines):
            return CitynodeError(
                _("the database of {site} refused a statement").format(site=self._host.site), why=" / ".join(lines[:2])[:300]
            )
        return self._lost(" / ".join(lines[:2])[:300])

    def _lost(self, why: str) -> Unreachable:
        return Unreachable(
            _("the database '{database}' at {site} can't be reached").format(database=self.database, site=self._host.site),
            why=why,
            hint=_("is PostgreSQL running on that host? bring it up, then run the same command again"),
        )


class Direct:
    """The node's database, over the management network."""

    def __init__(self, centre: str, connection: Connection[Any]) -> None:
        self.centre, self._connection = centre, connection
        self._lock = threading.Lock()

    def ask(self, query: str, *, seconds: float = ANSWER) -> list[Row]:
        with self._lock:
            row = self._execute(_as_json(query)).fetchone()
        found: list[Row] = json.loads(row[0])
        return found

    def do(self, *statements: str) -> None:
        with self._lock:
            for statement in statements:
                self._execute(statement)

    def close(self) -> None:
        self._connection.close()

    @property
    def is_open(self) -> bool:
        return not self._connection.closed

    def _execute(self, statement: str) -> Any:
        import psycopg

        try:
            return self._connection.execute(statement.encode())
        except (psycopg.OperationalError, psycopg.InterfaceError) as cut:
            self._connection.close()
            raise Unreachable(
                _("the database at {centre} broke off").format(centre=self.centre),
                why=str(cut).strip()[:200],
                hint=_("citynode dr status shows who leads; then run the same command again"),
            ) from cut
        except psycopg.Error as refused:
            raise CitynodeError(
                _("the database at {centre} refused a statement").format(centre=self.centre),
                why=str(refused).strip().replace("\n", " / ")[:300],
            ) from refused


def connect(centre: str, access: Centre, database: str = "") -> Direct:
    """A session at this centre's member."""
    import psycopg

    from ops.secrets import resolve

    words: dict[str, Any] = {"password": resolve(access.postgres_password)} if access.postgres_password else {}
    if database:
        words["dbname"] = database
    try:
        connection = psycopg.connect(
            access.postgres, autocommit=True, connect_timeout=3, tcp_user_timeout=5000, application_name=APPLICATION, **words
        )
        connection.execute(SETTINGS.encode())
    except psycopg.Error as refused:
        raise Unreachable(
            _("the database of {centre} can't be reached").format(centre=centre),
            why=str(refused).strip().splitlines()[0][:160],
            hint=_("citynode dr status shows which members answer"),
        ) from refused
    return Direct(centre, connection)


def connect_primary(centres: dict[str, Centre], database: str = "") -> Direct:
    """A session at whichever of these centres leads; Unreachable names what each said."""
    said = []
    for centre, access in centres.items():
        try:
            session = connect(centre, access, database)
        except Unreachable as silent:
            said.append(str(silent))
            continue
        if not one(session, "SELECT pg_is_in_recovery() AS standby")["standby"]:
            return session
        session.close()
        said.append(_("{centre} follows").format(centre=centre))
    raise Unreachable(
        _("no database of the city node accepts writes"),
        why="; ".join(said),
        hint=_("citynode dr status shows who leads, citynode lab status what is down"),
    )
