"""What an agent is told at its start, and what it tells of itself: two small files that it shares with the lab.

Neither knows anything of cities, so that the agent stays a small program.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from ipaddress import ip_network
from pathlib import Path

from lab.fences.model import Network


@dataclass(frozen=True, slots=True)
class Settings:
    """Whose pods it fences, and how it signs in at the API server."""

    centre: str
    server: str
    port: int
    authority: str
    certificate: str
    key: str
    ranges: tuple[str, ...]
    told: str
    """The file into which it writes its state."""

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(map(ip_network, self.ranges))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> Settings:
        known = json.loads(path.read_text())
        return cls(**{**known, "ranges": tuple(known["ranges"])})


@dataclass(frozen=True, slots=True)
class Told:
    """An agent's state: written when it changes, and never in the kernel's stead (the digest is to be compared with the kernel's)."""

    digest: str = ""
    zones: int = 0
    pods: int = 0
    policies: int = 0
    refused: tuple[str, ...] = ()
    away: str = ""
    """Why the API server can't be followed; empty if it can."""
    failed: str = ""
    """Why the kernel didn't take the rules; empty if it did."""

    def write(self, path: Path) -> None:
        """Replace the file at once."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> Told | None:
        """What was told last; None if nothing was, or it can't be read."""
        try:
            known = json.loads(path.read_text())
            return cls(**{**known, "refused": tuple(known["refused"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None
