"""Patroni's REST API, as far as a drill needs it: who is there, and the planned switchover.

It asks any member for the whole cluster and refuses to decide anything itself: fencing and promotion are Patroni's.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.errors import CitynodeError, Unreachable
from ops.language import _

if TYPE_CHECKING:
    from dr.topology import Node


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as Patroni reports it in the cluster's state."""

    name: str
    role: str
    state: str
    host: str
    port: int
    timeline: int
    tags: frozenset[str]

    @property
    def is_leader(self) -> bool:
        return self.role == "leader"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster as one member sees it."""

    scope: str
    members: tuple[Seen, ...]
    is_paused: bool
    has_switchover: bool
    """A switchover is under way or scheduled."""

    @property
    def leader(self) -> str:
        return next((member.name for member in self.members if member.is_leader), "")

    def member(self, name: str) -> Seen | None:
        return next((member for member in self.members if member.name == name), None)


def read_cluster(node: Node, timeout: float = 3.0) -> Cluster:
    """The cluster's state as this member knows it."""
    return parse_cluster(_request(node, "/cluster", timeout=timeout))


def read_config(node: Node, timeout: float = 3.0) -> dict[str, Any]:
    """The settings that all members share."""
    return _request(node, "/config", timeout=timeout)


def switch_over(node: Node, leader: str, candidate: str, timeout: float = 60.0) -> str:
    """Ask the leader to hand over to the candidate; its answer when that is done."""
    return str(_request(node, "/switchover", {"leader": leader, "candidate": candidate}, timeout=timeout).get("text", ""))


def parse_cluster(body: dict[str, Any]) -> Cluster:
    """The answer of `GET /cluster` as a value."""
    members = tuple(
        Seen(
            name=each["name"],
            role=each.get("role", ""),
            state=each.get("state", ""),
            host=each.get("host", ""),
            port=int(each.get("port", 5432)),
            timeline=int(each.get("timeline") or 0),
            tags=frozenset(tag for tag, value in (each.get("tags") or {}).items() if value is True),
        )
        for each in body.get("members", ())
    )
    return Cluster(body.get("scope", ""), members, bool(body.get("pause")), "scheduled_switchover" in body)


def _request(node: Node, path: str, payload: dict[str, str] | None = None, *, timeout: float) -> dict[str, Any]:
    body = None if payload is None else json.dumps(payload).encode()
    request = urllib.request.Request(node.rest + path, data=body)  # noqa: S310 - topology() lets only http(s) through
    if payload is not None:
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", f"Basic {_login(node)}")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return _parse(answer.read())
    except urllib.error.HTTPError as refusal:
        why = refusal.read().decode(errors="replace").strip()[:300]
        raise CitynodeError(
            _("Patroni at {centre} refused {path}").format(centre=node.centre, path=path),
            why=f"{refusal.code}: {why}",
            hint="citynode dr status",
        ) from refusal
    except OSError as silence:
        raise Unreachable(
            _("Patroni at {centre} does not answer").format(centre=node.centre),
            why=f"{node.rest}{path}: {silence}",
            hint=_("is the centre up? citynode lab status, or the duty of that centre"),
        ) from silence


def _login(node: Node) -> str:
    from ops.secrets import resolve

    return base64.b64encode(f"{node.rest_user}:{resolve(node.rest_password)}".encode()).decode()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"text": str(found)}
