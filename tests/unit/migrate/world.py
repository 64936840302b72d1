"""A move's two databases in memory: they answer the statements of the way back, and can be interrupted at any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from city.load import load_city
from migrate import address, files, verify
from migrate.database import Row
from migrate.move import Move, plan_move
from migrate.road import Road
from migrate.room import TAKEN_OVER
from migrate.run import MOVING, plan_steps
from migrate.scene import Scene, Stage
from migrate.watch import Users
from ops.access import Access
from ops.audit import Trail
from ops.control import Control
from ops.durable import Run
from ops.lease import Leases
from ops.plan import JsonObject
from ops.progress import Silent

CHANGE = "chg-1"


@dataclass
class Fuse:
    """Interrupts the n-th thing that is asked of the world, once."""

    at: int = 0
    count: int = 0

    def burn(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise KeyboardInterrupt


@dataclass
class Side:
    """One database: what it says of itself, and the rows that users wrote into it."""

    fuse: Fuse
    rows: set[str]
    read_only: bool
    comment: str = ""
    slots: set[str] = field(default_factory=set)
    subscriptions: set[str] = field(default_factory=set)
    publisher: Side | None = None
    opened_with: list[frozenset[str]] = field(default_factory=list)

    def ask(self, query: str, *, seconds: float = 0) -> list[Row]:
        self.fuse.burn()
        if "pg_db_role_setting" in query:
            return [{"there": 1}] if self.read_only else []
        if "shobj_description(oid, 'pg_database')" in query:
            return [{"comment": self.comment}] if self.comment else []
        if "confirmed_flush_lsn" in query:
            return self._lag(query)
        if "pg_replication_slots" in query:
            return _named(query, "slot_name", self.slots)
        if "pg_subscription" in query:
            return _named(query, "subname", self.subscriptions)
        return self._moment(query)

    def _moment(self, query: str) -> list[Row]:
        answers: dict[str, Row] = {
            "clock_timestamp": {"at": "now"},
            "count(*) AS left": {"left": 0},
            "pg_logical_emit_message": {"lsn": "0/1"},
            "current_setting('port')": {"port": 5432},
        }
        return next(([row] for word, row in answers.items() if word in query), [])

    def _lag(self, query: str) -> list[Row]:
        """A subscriber that is there has all rows by the time it is asked for."""
        found = _named(query, "slot_name", self.slots)
        return [{"active": True, "behind": 0} for _row in found if self._feed()]

    def _feed(self) -> bool:
        other = self.publisher
        if other is None or not other.subscriptions:
            return False
        other.rows |= self.rows
        return True

    def do(self, *statements: str) -> None:
        for statement in statements:
            self.fuse.burn()
            self._carry_out(statement)

    def _carry_out(self, statement: str) -> None:
        if re.match(r"ALTER DATABASE \S+ SET default_transaction_read_only = on", statement):
            self.read_only = True
        elif re.match(r"ALTER DATABASE \S+ RESET", statement):
            self.read_only = False
            self.opened_with.append(frozenset(self.rows))
        elif made := re.match(r'CREATE SUBSCRIPTION "(\S+)"', statement):
            self.subscriptions.add(made[1])
        elif gone := re.match(r'DROP SUBSCRIPTION "(\S+)"', statement):
            self.subscriptions.discard(gone[1])
        elif said := re.match(r"COMMENT ON DATABASE \S+ IS '(.*)'", statement):
            self.comment = said[1]
        elif slot := re.match(r"SELECT pg_create_logical_replication_slot\('(\S+)',", statement):
            self.slots.add(slot[1])
        elif dropped := re.match(r"SELECT pg_drop_replication_slot\(.*slot_name = '(\S+)'", statement):
            self.slots.discard(dropped[1])


def _named(query: str, column: str, names: Iterable[str]) -> list[Row]:
    return [{"there": 1, "active_pid": None, column: name} for name in names if f"{column} = '{name}'" in query]


@dataclass
class World:
    """The moment after a cutover: the department may only read, the target took two writes that only it has."""

    move: Move
    scene: Scene
    source: Side
    target: Side
    fuse: Fuse

    @property
    def run(self) -> Run:
        return self.run_until("switch")

    def run_until(self, step: str) -> Run:
        """A run that came so far."""
        names = [name for name, _text in plan_steps()]
        done: dict[str, JsonObject] = {name: {} for name in names[: names.index(step) + 1]}
        return Run(CHANGE, {}, done, 1, Silent())

    def lose_slot(self) -> None:
        """What a failover of the target's cluster does."""
        self.target.slots.clear()

    def only_at_target(self) -> set[str]:
        return self.target.rows - self.source.rows


def world(folder: Path, patch: pytest.MonkeyPatch) -> World:
    """Databases that answer; what is no database (road, files, names, users) answers nothing and is a call as well."""
    city, fuse = load_city("tiny"), Fuse()
    move = plan_move(city, "archive")
    target = Side(fuse, {"w0", "w1", "w2"}, read_only=False, comment=f"{move.mark} {CHANGE}{TAKEN_OVER}", slots={move.back})
    source = Side(fuse, {"w0"}, read_only=True)
    target.publisher = source
    control = Control(folder, Trail(folder), Leases(folder), Silent(), "li", production=False, scope="tiny")
    access = cast("Access", SimpleNamespace(centres={move.target: None}))
    stage = Stage(city, access, control)
    stage.moves.note("archive", state=MOVING, change_id=CHANGE, vantage="province", before={"A": ["10.17.1.1"], "AAAA": []})

    def call(*_arguments: object, **_options: object) -> bool:
        fuse.burn()
        return True

    patch.setattr(Scene, "source", source)
    patch.setattr(Scene, "target", target)
    patch.setattr(Scene, "cluster", target)
    patch.setattr(Scene, "node", None)
    patch.setattr(Scene, "department", None)
    patch.setattr(Road, "open", call)
    for act in ("note_owners", "push", "restore_owners"):
        patch.setattr(files, act, call)
    patch.setattr(address, "name_server", call)
    patch.setattr(address, "point", call)
    patch.setattr(Users, "number", lambda _self: int(call()))
    patch.setattr(verify, "verify_files", lambda *_arguments: {"files": int(call())})
    patch.setattr(verify, "verify_rows", lambda *_arguments: {"rows": int(call())})
    patch.setattr("migrate.back.volume_folder", lambda *_arguments: "/v/archive")
    return World(move, Scene(stage, move, "province"), source, target, fuse)
