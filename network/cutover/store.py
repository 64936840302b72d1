"""How far each private network's cutover is, kept beside the network's journal: readable without a way to anything."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ops.language import N_, WORD
from ops.plan import JsonObject

SEPARATE, MOVING, WATCHING = N_("separate", WORD), N_("moving", WORD), N_("watching", WORD)
MERGED, FAILED = N_("merged", WORD), N_("failed", WORD)
"""On its own; being cut over; cut over with both paths standing; taken in for good; undone after a failure."""
FILE = "cutover.json"


@dataclass(frozen=True, slots=True)
class Cutovers:
    """All private networks of one city or lab."""

    root: Path

    def folder(self, network: str) -> Path:
        return self.root / network

    def read(self, network: str) -> JsonObject:
        """What is known; a network that nobody touched is separate."""
        try:
            found: JsonObject = json.loads((self.folder(network) / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"network": network, "state": SEPARATE}
        return found

    def note(self, network: str, **facts: object) -> JsonObject:
        """Add facts to what is known, whole or not at all."""
        return self._write(network, {**self.read(network), **facts})

    def begin(self, network: str, **facts: object) -> JsonObject:
        """Forget the cutover before this one."""
        return self._write(network, {"network": network, **facts})

    def _write(self, network: str, known: JsonObject) -> JsonObject:
        path = self.folder(network) / FILE
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{FILE}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(known, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return known
