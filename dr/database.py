"""What a member's PostgreSQL says of itself and of its standbys: read only, over the management network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.errors import Unreachable
from ops.language import _

if TYPE_CHECKING:
    from psycopg import Connection

    from dr.topology import Node


@dataclass(frozen=True, slots=True)
class Stream:
    """A standby as its primary sees it."""

    name: str
    state: str
    sync_state: str
    lag_bytes: int
    lag_seconds: float

    @property
    def is_streaming(self) -> bool:
        return self.state == "streaming"

    @property
    def is_synchronous(self) -> bool:
        return self.is_streaming and self.sync_state in ("sync", "quorum")


@dataclass(frozen=True, slots=True)
class Facts:
    """A member's own word."""

    is_standby: bool
    timeline: int | None
    """None: a standby that receives nothing knows none."""
    synchronous_names: str
    synchronous_commit: str
    oldest_transaction_seconds: float
    prepared_transactions: int
    streams: tuple[Stream, ...]
    open_moves: tuple[str, ...] = ()
    """The systems whose way back to their department hangs on this member: such a slot is not carried to its standbys."""


_FACTS = """
SELECT pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery() THEN (SELECT coalesce(max(received_tli), 0) FROM pg_stat_wal_receiver)
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
       current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
       coalesce((SELECT max(extract(epoch FROM now() - xact_start)) FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()), 0)::float,
       (SELECT count(*) FROM pg_prepared_xacts),
       ARRAY(SELECT slot_name::text FROM pg_replication_slots
             WHERE slot_type = 'logical' AND slot_name ~ '^citynode_.+_back$' ORDER BY slot_name)
"""
_STREAMS = """
SELECT application_name, state, sync_state,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint,
       coalesce(extract(epoch FROM replay_lag), 0)::float
FROM pg_stat_replication WHERE application_name = ANY(%s) ORDER BY application_name
"""


@contextmanager
def connected(node: Node, database: str = "") -> Iterator[Connection[Any]]:
    """An autocommit connection to this member as its administrator."""
    import psycopg

    from ops.secrets import resolve

    words: dict[str, Any] = {"password": resolve(node.postgres_password)} if node.postgres_password else {}
    if database:
        words["dbname"] = database
    try:
        connection = psycopg.connect(
            node.postgres, autocommit=True, connect_timeout=3, tcp_user_timeout=3000, application_name="citynode-dr", **words
        )
    except psycopg.Error as refused:
        raise Unreachable(
            _("the database of {centre} can't be reached").format(centre=node.centre),
            why=str(refused).strip().splitlines()[0][:160],
            hint=_("citynode dr status shows which members answer"),
        ) from refused
    with connection:
        yield connection


def read_facts(node: Node, members: tuple[str, ...]) -> Facts:
    """The member's role and, if it is a primary, how the group's other members follow it."""
    import psycopg

    with connected(node) as connection:
        try:
            (row,) = connection.execute(_FACTS).fetchall()
            streams = () if row[0] else tuple(Stream(*each) for each in connection.execute(_STREAMS, (list(members),)).fetchall())
        except psycopg.Error as broken:
            raise Unreachable(
                _("the database of {centre} broke off").format(centre=node.centre), why=str(broken).strip(), hint=_("try again")
            ) from broken
    open_moves = tuple(slot.removeprefix("citynode_").removesuffix("_back").replace("_", "-") for slot in row[6])
    return Facts(bool(row[0]), int(row[1]) or None, str(row[2]), str(row[3]), float(row[4]), int(row[5]), streams, open_moves)
