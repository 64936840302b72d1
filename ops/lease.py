"""Leases: one operation at a time per device, system or protection group, also across processes and machines.

Kept in SQLite, renewed by a thread while held. The fence is a number that only grows: whoever acts with an older one
has lost its lease. A dead owner on this machine loses its lease at once, an owner elsewhere when its time is over.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.errors import PolicyRefused
from ops.holder import Holder
from ops.language import _

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lease (
    name TEXT PRIMARY KEY, owner TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, started INTEGER NOT NULL,
    fence INTEGER NOT NULL, since REAL NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS fence (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
INSERT OR IGNORE INTO fence VALUES (1, 0);
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as it stands in the book."""

    name: str
    owner: str
    holder: Holder
    fence: int
    since: float
    expires: float

    def is_over(self, now: float) -> bool:
        return self.expires <= now or self.holder.is_dead()


@dataclass(slots=True)
class Fence:
    """Proof of holding the leases: the token goes with every effect, `check` before every step."""

    token: int
    names: tuple[str, ...]
    _prolong: Callable[[], bool]

    def check(self) -> None:
        """Refuse to go on once the lease is somebody else's. The book is asked: whoever stood still may be awake before the renewer is."""
        if not self._prolong():
            raise PolicyRefused(
                _("the lease on {names} was lost while the work was going on").format(names=", ".join(self.names)),
                why=_("this process stood still for longer than its lease"),
                hint=_("citynode ops list shows who has it now; then run the same command again"),
            )


class Leases:
    """The book of leases in a state folder; `scope` keeps two cities' names apart."""

    def __init__(self, state: Path, *, scope: str = "", clock: Callable[[], float] = time.time) -> None:
        self._path = state / "leases.sqlite"
        self._scope = scope
        self._clock = clock

    @contextmanager
    def hold(self, *names: str, owner: str, seconds: float = 60) -> Iterator[Fence]:
        """Hold all these names or none; PolicyRefused names who has one of them."""
        wanted = tuple(sorted({f"{self._scope}/{name}" if self._scope else name for name in names}))
        token = self._take(wanted, owner, seconds)

        def prolong() -> bool:
            return self._prolong(token, len(wanted), seconds)

        stop = threading.Event()
        renewer = threading.Thread(target=_renew, args=(prolong, seconds / 4, stop), name="lease", daemon=True)
        renewer.start()
        try:
            yield Fence(token, names, prolong)
        finally:
            stop.set()
            renewer.join(timeout=5)
            self._give_back(token)

    def held(self) -> tuple[Held, ...]:
        """Every lease that is in force."""
        now = self._clock()
        with self._book() as book:
            return tuple(held for held in _rows(book) if not held.is_over(now))

    def _take(self, names: tuple[str, ...], owner: str, seconds: float) -> int:
        me, now = Holder.me(), self._clock()
        with self._book() as book, _transaction(book):
            for held in _rows(book):
                if held.name in names and not held.is_over(now):
                    raise _refusal(held, now)
            book.execute("UPDATE fence SET last = last + 1")
            token = int(book.execute("SELECT last FROM fence").fetchone()[0])
            for name in names:
                book.execute(
                    "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (name, owner, me.host, me.pid, me.started, token, now, now + seconds),
                )
        return token

    def _prolong(self, token: int, count: int, seconds: float) -> bool:
        """Prolong the leases; False when somebody else took one."""
        try:
            with self._book() as book, _transaction(book):
                changed = book.execute("UPDATE lease SET expires = ? WHERE fence = ?", (self._clock() + seconds, token)).rowcount
        except sqlite3.OperationalError:
            return True  # a busy or full disk: the lease stays in force until its time is over, and the next round tries again
        return bool(changed == count)

    def _give_back(self, token: int) -> None:
        with self._book() as book, _transaction(book):
            book.execute("DELETE FROM lease WHERE fence = ?", (token,))

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as book:
            book.executescript(_SCHEMA)
            yield book


def _renew(prolong: Callable[[], bool], seconds: float, stop: threading.Event) -> None:
    """Prolong the leases every so many seconds, until told to stop or until one is somebody else's."""
    while not stop.wait(seconds) and prolong():
        pass


@contextmanager
def _transaction(book: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    book.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if book.in_transaction:  # a full disk makes SQLite roll back by itself
            book.execute("ROLLBACK")
        raise
    book.execute("COMMIT")


def _rows(book: sqlite3.Connection) -> list[Held]:
    rows = book.execute("SELECT name, owner, host, pid, started, fence, since, expires FROM lease ORDER BY name")
    return [Held(row[0], row[1], Holder(row[2], row[3], row[4]), row[5], row[6], row[7]) for row in rows]


def _refusal(held: Held, now: float) -> PolicyRefused:
    since = datetime.fromtimestamp(held.since, UTC)
    return PolicyRefused(
        _("{name} is being worked on by {owner}").format(name=held.name, owner=held.owner),
        why=_("process {pid} on {host} holds it since {since}").format(
            pid=held.holder.pid, host=held.holder.host.split("/")[0], since=f"{since:%Y-%m-%d %H:%M:%S} UTC"
        ),
        hint=_("wait until it ends (citynode ops list); a dead process's lease frees itself within {seconds} s").format(
            seconds=max(1, round(held.expires - now))
        ),
        holder=held.owner,
    )
