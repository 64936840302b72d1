"""Where drills are kept: one folder each, with plan, ledger, result and reports, beside the operator's other state.

It lies on the operator's machine, never in the production centre, so that it is there when that centre is not.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import CitynodeError
from ops.language import _
from ops.suggest import unknown

if TYPE_CHECKING:
    from ops.control import Control

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Drills:
    """All drills of one city or lab."""

    root: Path

    def folder(self, drill: str) -> Path:
        """The drill's folder, made when it is first asked for."""
        path = self.root / drill
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def results(self) -> tuple[dict[str, Any], ...]:
        """The results of all ended drills, newest first."""
        found = [read_json(path) for path in self.root.glob(f"*/{RESULT}")] if self.root.exists() else []
        return tuple(sorted(found, key=lambda each: str(each.get("began", "")), reverse=True))

    def result(self, drill: str = "") -> dict[str, Any]:
        """One drill's result; the newest when none is named."""
        results = self.results()
        if not results:
            raise CitynodeError(_("there was no drill yet"), hint="citynode dr drill run switchover --group GROUP")
        if not drill:
            return results[0]
        for each in results:
            if each["drill"] == drill:
                return each
        raise unknown("drill", drill, [str(each["drill"]) for each in results])

    def last(self, group: str) -> dict[str, Any] | None:
        """The newest drill of this group."""
        return next((each for each in self.results() if each.get("group") == group), None)

    def save(self, drill: str, result: dict[str, Any]) -> Path:
        """Keep a drill's result."""
        return write_json(self.folder(drill) / RESULT, result)


def drills_of(control: Control) -> Drills:
    return Drills(control.state / "dr" / (control.scope or "city"))


def new_drill(group: str, now: datetime) -> str:
    """A name for a drill that is about to begin: readable, sortable, unique."""
    return f"{group}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def write_json(path: Path, value: object, mode: int = 0o600) -> Path:
    """Whole and on disk, or not at all."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return path


def read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise CitynodeError(
            _("{path} can't be read").format(path=path), why=str(broken), hint=_("the drill's folder was altered: run the drill again")
        ) from broken
    return found
