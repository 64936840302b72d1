"""Where each system's move stands, kept beside the operator's other state: usable with the production centre dark."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "move.json"


@dataclass(frozen=True, slots=True)
class Moves:
    """All moves of one city or lab, by system."""

    root: Path

    def folder(self, system: str) -> Path:
        """The move's folder, made when it is first asked for."""
        path = self.root / system
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def read(self, system: str) -> dict[str, Any]:
        """What is known of the system's latest move; empty if it never began."""
        try:
            found: dict[str, Any] = json.loads((self.root / system / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def all(self) -> tuple[dict[str, Any], ...]:
        """Every move that was begun, by system."""
        return tuple(self.read(path.parent.name) for path in sorted(self.root.glob(f"*/{FILE}")))

    def note(self, system: str, **facts: Any) -> dict[str, Any]:
        """Add facts to what is known, whole or not at all."""
        known = {**self.read(system), **facts, "system": system}
        return self._write(system, known)

    def begin(self, system: str, **facts: Any) -> dict[str, Any]:
        """Forget the move before this one."""
        return self._write(system, {**facts, "system": system})

    def _write(self, system: str, known: dict[str, Any]) -> dict[str, Any]:
        path = self.folder(system) / FILE
        fresh = path.with_name(f"{FILE}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(known, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return known
