"""How moves stand now: what the store knows, and what both sides say at this moment. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrate import replication
from migrate.move import plan_move
from migrate.road import Road
from migrate.scene import Scene
from migrate.watch import Users
from ops.errors import CitynodeError
from ops.language import N_, WORD
from ops.suggest import unknown

if TYPE_CHECKING:
    from migrate.scene import Stage

LIVE = ("moving", "watching")


def read_moves(stage: Stage, system: str = "") -> tuple[dict[str, Any], ...]:
    """Every move that was begun, or one system's; a move that is going on is looked at."""
    if system and system not in stage.city.system_by_name:
        raise unknown("system", system, stage.city.system_by_name)
    known = stage.moves.all() if not system else (stage.moves.read(system) or {"system": system, "state": N_("not moved", WORD)},)
    return tuple({**each, "now": _now(stage, each)} if each.get("state") in LIVE else each for each in known)


def _now(stage: Stage, known: dict[str, Any]) -> dict[str, Any]:
    """Which side takes writes, how far the other is behind, what has gone over the link, how users fare."""
    move = plan_move(stage.city, known["system"])
    with Scene(stage, move, known["vantage"]) as scene:
        asked = {
            "read_only": lambda: {
                "source": replication.is_read_only(scene.source, move.database),
                "target": replication.is_read_only(scene.target, move.database),
            },
            "lag_bytes": lambda: _lag(scene, known["state"] == "watching"),
            "sent_bytes": lambda: sample.sent if (sample := Road(scene).sample()) else None,
            "users": lambda: Users(scene, known["change_id"]).state(),
        }
        return {name: _said(ask) for name, ask in asked.items()}


def _lag(scene: Scene, is_back: bool) -> int | None:  # noqa: FBT001 - which way it goes
    seen = replication.lag(scene.target, scene.move.back) if is_back else replication.lag(scene.source, scene.move.tag)
    return seen.bytes if seen.bytes < 1 << 62 else None


def _said(ask: Any) -> Any:
    try:
        return ask()
    except CitynodeError as silent:
        return {"error": str(silent)}
