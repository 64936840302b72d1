"""A move that is killed while it makes room on the city node: the same command makes the room, and giving up leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from city.load import load_city
from migrate import database, room
from migrate.catalogue import ROLES, SETTINGS, refresh, set_settings, settings
from migrate.database import Direct, Row, connect
from migrate.move import Move, plan_move
from migrate.scene import Scene, Stage
from migrate.store import Moves
from ops.access import Centre
from ops.durable import Run
from ops.errors import CitynodeError, PolicyRefused, TimedOut
from tests.contract.postgres import postgresql
from tests.waiting import wait_until

MOVE = plan_move(load_city("tiny"), "archive")
CHANGE = "chg-20260101-000001"
STATEMENTS = 19
"""How many statements and questions `room` sends to an empty server; each is a place where it may be killed."""
DUMP = r"""\restrict x
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public.kind AS ENUM ('letter', 'deed');
CREATE TABLE public.papers (id bigint PRIMARY KEY, kind public.kind);
ALTER TABLE public.papers OWNER TO archive;
GRANT SELECT ON TABLE public.papers TO readers;
\unrestrict x
"""
SET = [("", True, "search_path", 'archive, public, "$user", "of ""old"""'), ("archive", False, "work_mem", "8MB")]
"""What the department has set for its database and roles."""


class Killed(BaseException):
    """Ends the process's part as abruptly as can be done from within."""


@dataclass(slots=True)
class Life:
    """How much a process may still send to the city node's databases until it is killed."""

    left: int
    sent: list[str] = field(default_factory=list)

    def spend(self, statement: str) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        self.sent.append(statement)


class Mortal(Direct):
    """A session at the city node that ends with its process."""

    life: Life

    def _execute(self, statement: str) -> Any:
        self.life.spend(statement)
        return super()._execute(statement)


class Department:
    """The department's database and host, as far as `room` asks them."""

    port = 5432

    def ask(self, query: str) -> list[Row]:
        if query == ROLES:
            role = {"super": False, "inherit": True, "createrole": False, "createdb": False, "connections": -1, "password": None}
            return [
                {"name": "archive", "login": True, "member_of": ["readers"], **role},
                {"name": "readers", "login": False, "member_of": [], **role},
            ]
        if query == SETTINGS:
            return [{"role": role, "here": here, "name": name, "value": value} for role, here, name, value in SET]
        return [{"e": "UTF8", "c": "C", "t": "C"}]

    def run(self, _argv: list[str], *, timeout: float) -> SimpleNamespace:
        return SimpleNamespace(stdout=DUMP, timeout=timeout)


class Played(Scene):
    """A scene whose department is played, and whose process may be killed."""

    def lives(self, conninfo: str, life: Life) -> Played:
        self.conninfo, self.life = conninfo, life
        return self

    @property
    def source(self) -> Any:
        return Department()

    @property
    def department(self) -> Any:
        return Department()

    def _on_target(self, name: str) -> Direct:
        if name not in self._targets:
            session = connect("dc1", Centre.model_construct(postgres=self.conninfo), name)
            mortal = self._targets[name] = Mortal("dc1", session._connection)
            mortal.life = self.life
        return self._targets[name]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An empty server with the administrator that the city node's have."""
    with postgresql() as place:
        conninfo = f"postgresql://{place}/postgres"
        with psycopg.connect(conninfo, autocommit=True) as session:
            session.execute("CREATE ROLE postgres SUPERUSER LOGIN")
        yield make_conninfo(conninfo)


@dataclass(frozen=True, slots=True)
class City:
    """The city node's database server of these tests, and a way to play a run of the command there."""

    conninfo: str
    state: Path
    move: Move = MOVE

    def run(self, step: Any, *, life: int = 1 << 30, change: str = CHANGE) -> list[str]:
        """One process's part: what it had sent when it ended or was killed."""
        stage = SimpleNamespace(moves=Moves(self.state))
        scene = Played(cast("Stage", stage), self.move, "prov").lives(self.conninfo, spent := Life(life))
        with scene:
            step(scene, cast("Run", SimpleNamespace(change_id=change, done={"check": {"owner": "archive"}})))
        return spent.sent

    def kill(self, step: Any, after: int) -> None:
        with pytest.raises(Killed):
            self.run(step, life=after)

    def session(self) -> Direct:
        """A session as our commands have it."""
        return connect("dc1", Centre.model_construct(postgres=self.conninfo))

    def ask(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo, autocommit=True, dbname=database) as session:
            cursor = session.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def state_of_room(self) -> dict[str, Any]:
        """All that `room` promises, as the server says it."""
        return {
            "databases": self.ask(
                "SELECT datname, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'archive'"
            ),
            "roles": self.ask(
                "SELECT rolname, rolcanlogin, rolreplication, shobj_description(oid, 'pg_authid') FROM pg_roles "
                "WHERE rolname IN ('archive', 'readers', 'citynode_archive') ORDER BY 1"
            ),
            "members": self.ask("SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2")[-2:],
            "settings": self.ask("SELECT setrole::regrole::text, setdatabase <> 0, setconfig FROM pg_db_role_setting ORDER BY 1, 2"),
            "tables": self.ask("SELECT relname, relacl::text FROM pg_class WHERE relname = 'papers'", "archive"),
        }

    def assert_nothing_is_left(self) -> None:
        assert self.ask("SELECT datname FROM pg_database WHERE datname NOT LIKE 'template_'") == [("postgres",)]
        assert self.ask("SELECT rolname FROM pg_roles WHERE oid >= 16384") == [("postgres",)]
        assert self.ask("SELECT * FROM pg_db_role_setting") == []


def give_up(scene: Scene, _run: Run) -> None:
    """What `give-up`, `tidy` and the rollback do on this side."""
    room.remove_database(scene)


@pytest.fixture
def city(server: str, tmp_path: Path) -> City:
    """An empty server, whatever an earlier test left there."""
    city = City(server, tmp_path)
    city.ask("DROP DATABASE IF EXISTS archive WITH (FORCE)")
    for role in ("archive", "readers", "citynode_archive"):
        city.ask(f"DROP ROLE IF EXISTS {role}")
    city.assert_nothing_is_left()
    return city


@pytest.fixture(scope="module")
def ready(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What stands when nobody was killed."""
    city = City(server, tmp_path_factory.mktemp("ready"))
    sent = city.run(room.room)
    found = city.state_of_room() | {"sent": sent}
    city.run(give_up)
    city.assert_nothing_is_left()
    return found


@pytest.fixture(scope="module")
def created(ready: dict[str, Any]) -> int:
    """How many statements were sent when the database had just been made."""
    return 1 + next(number for number, sent in enumerate(ready["sent"]) if sent.startswith("CREATE DATABASE"))


def test_every_statement_is_a_place_to_be_killed_at(ready: dict[str, Any]) -> None:
    assert len(ready["sent"]) == STATEMENTS


def test_the_room_is_what_it_promises(ready: dict[str, Any]) -> None:
    mark = f"citynode move of archive: {CHANGE}"
    assert ready["databases"] == [("archive", "archive", f"{mark}, schema restored")]
    assert ready["roles"] == [("archive", True, False, mark), ("citynode_archive", True, True, mark), ("readers", False, False, mark)]
    assert ready["tables"] == [("papers", "{archive=arwdDxt/archive,readers=r/archive}")]


def test_the_room_has_the_settings_of_the_department(city: City) -> None:
    city.run(room.room)
    more = [("archive", True, "app.office", "it's=here"), ("readers", False, "default_transaction_read_only", "on")]
    there = connect("dc1", Centre.model_construct(postgres=city.conninfo), "archive")
    there.do(*set_settings("archive", [dict(zip(("role", "here", "name", "value"), each, strict=True)) for each in more]))
    assert [tuple(row.values()) for row in settings(there)] == [*SET, *more]
    assert city.ask("SHOW search_path", "archive") == [(SET[0][3],)]
    there.close()


@pytest.mark.parametrize("after", range(STATEMENTS))
def test_killed_between_any_two_statements_the_same_command_makes_the_room(city: City, ready: dict[str, Any], after: int) -> None:
    city.kill(room.room, after)
    city.run(room.room)
    assert city.state_of_room() == {key: ready[key] for key in ready if key != "sent"}


@pytest.mark.parametrize("after", range(STATEMENTS))
def test_killed_between_any_two_statements_giving_up_leaves_nothing(city: City, after: int) -> None:
    city.kill(room.room, after)
    city.run(give_up)
    city.assert_nothing_is_left()


@pytest.mark.parametrize("more", [0, 1, 4])
def test_a_later_move_makes_its_own_room_of_what_an_earlier_one_left(city: City, created: int, more: int) -> None:
    city.kill(room.room, created + more)
    city.run(room.room, change="chg-20260102-000001")
    ((_name, _owner, comment),) = city.state_of_room()["databases"]
    assert comment == "citynode move of archive: chg-20260102-000001, schema restored"


def test_giving_up_may_be_killed_between_any_two_statements(city: City) -> None:
    city.run(room.room)
    count = len(city.run(give_up))
    for after in range(count):
        city.run(room.room)
        city.kill(give_up, after)
        city.run(give_up)
        city.assert_nothing_is_left()


@pytest.mark.parametrize("step", [room.room, give_up])
def test_what_a_killed_run_sent_is_waited_for(city: City, created: int, step: Any) -> None:
    """The server makes a database to the end also when nobody waits for it any more."""
    city.kill(room.room, created - 1)
    assert city.ask("SELECT 1 FROM pg_database WHERE datname = 'archive'") == []
    killed = city.session()._connection
    with psycopg.connect(city.conninfo) as slow:
        slow.execute("LOCK TABLE pg_database IN EXCLUSIVE MODE")
        killed.pgconn.send_query(b'CREATE DATABASE "archive" OWNER "archive" TEMPLATE template0')
        killed.pgconn.flush()
        await_sent(city, "query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'")
        killed.pgconn.finish()
        threading.Timer(0.5, slow.commit).start()
        city.run(step)
    assert len(city.ask("SELECT 1 FROM pg_database WHERE datname = 'archive'")) == (step is room.room)


def test_a_statement_that_never_ends_is_named(city: City) -> None:
    """Neither what another sends nor what concerns another database is waited for."""
    stuck, looking = city.session()._connection, city.session()
    stuck.pgconn.send_query(b'SELECT pg_sleep(60) /* ALTER DATABASE "archive" SET x */')
    stuck.pgconn.flush()
    await_sent(city, "query LIKE 'SELECT pg_sleep%'")
    database.settle(looking, "other", seconds=0)
    with pytest.raises(TimedOut, match="still carries out what an earlier run sent about 'archive'") as told:
        database.settle(looking, "archive", seconds=0)
    assert told.value.why.startswith("SELECT pg_sleep(60)")
    looking.do(f"SELECT pg_terminate_backend({stuck.info.backend_pid})")
    for each in (stuck, looking):
        each.close()


def test_a_database_whose_removal_broke_off_is_removed(city: City) -> None:
    city.run(room.room)
    city.ask("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'archive'")
    city.run(give_up)
    city.assert_nothing_is_left()


@pytest.mark.parametrize(("owner", "comment"), [("archive", "moved from room-archives: chg-1"), ("postgres", "")])
def test_a_database_that_is_not_the_moves_stays(city: City, owner: str, comment: str) -> None:
    city.run(room.room)
    city.ask(f"ALTER DATABASE archive OWNER TO {owner}")
    city.ask(f"COMMENT ON DATABASE archive IS '{comment}'")
    with pytest.raises(CitynodeError):  # roles that it uses can't go either
        city.run(give_up)
    assert city.ask("SELECT relname FROM pg_class WHERE relname = 'papers'", "archive") == [("papers",)]


def test_a_database_that_took_over_goes_only_when_its_rows_were_carried_back(city: City) -> None:
    city.run(room.room)
    city.ask(f"COMMENT ON DATABASE archive IS 'citynode move of archive: {CHANGE}{room.TAKEN_OVER}'")
    for step in (room.room, give_up):
        with pytest.raises(PolicyRefused, match="is not removed: it took over"):
            city.run(step, change="chg-20260102-000001")
    assert city.ask("SELECT relname FROM pg_class WHERE relname = 'papers'", "archive") == [("papers",)]
    city.run(lambda scene, _run: room.remove_database(scene, carried_back=True))
    city.assert_nothing_is_left()


def test_materialized_views_with_rows_get_the_rows_of_today_in_their_order(city: City) -> None:
    city.run(room.room)
    there = connect("dc1", Centre.model_construct(postgres=city.conninfo), "archive")
    there.do(
        'CREATE MATERIALIZED VIEW public."Second" AS SELECT 1 AS id WITH NO DATA',
        "CREATE MATERIALIZED VIEW public.first AS SELECT id FROM public.papers",
        'CREATE MATERIALIZED VIEW public."of first" AS SELECT id FROM public.first',
        "INSERT INTO public.papers VALUES (7)",
    )
    there.do(*refresh(there))
    there.close()
    assert city.ask('SELECT id FROM "of first"', "archive") == [(7,)]
    assert city.ask("SELECT relname FROM pg_class WHERE relkind = 'm' AND NOT relispopulated", "archive") == [("Second",)]


def await_sent(city: City, which: str) -> None:
    """Return when the server works on the one statement that is such."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE {which}"  # noqa: S608 - our own words
    wait_until(lambda: city.ask(query), lambda rows: rows == [(1,)], seconds=20, pause=0.02)
