"""Asking the members how they are: etcd and Patroni over HTTP, PostgreSQL by SQL, always with a short time limit."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.quorum.layout import Member


@dataclass(frozen=True, slots=True)
class Standby:
    """A standby as its primary sees it: the only word on whether it really follows."""

    name: str
    state: str
    sync_state: str
    lag_bytes: int

    @property
    def is_streaming(self) -> bool:
        return self.state == "streaming"


def get_json(url: str, timeout: float = 2.0) -> dict[str, Any] | None:
    """The answer's JSON, also of an error status (Patroni answers 503 with its state); None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - our own http:// address
            body = answer.read()
    except urllib.error.HTTPError as refusal:
        body = refusal.read()
    except OSError:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def is_dcs_healthy(member: Member) -> bool:
    """The etcd sees a leader and can commit."""
    return (get_json(f"{member.dcs}/health") or {}).get("health") == "true"


def patroni_state(member: Member) -> dict[str, Any] | None:
    """What the member's Patroni says of its PostgreSQL."""
    return get_json(f"{member.rest}/patroni")


def is_primary(state: dict[str, Any] | None) -> bool:
    return bool(state) and state is not None and state.get("role") in ("primary", "master") and state.get("state") == "running"


def standbys(primary: Member, password: str) -> list[Standby] | None:
    """What the primary's `pg_stat_replication` says; None when it can't be asked."""
    import psycopg

    target = f"host={primary.management} port=5432 user=postgres dbname=postgres connect_timeout=2"
    query = (
        "SELECT application_name, state, sync_state, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint"
        " FROM pg_stat_replication"
    )
    try:
        with psycopg.connect(target, password=password, autocommit=True) as connection:
            return [Standby(*row) for row in connection.execute(query).fetchall()]
    except psycopg.Error:
        return None
