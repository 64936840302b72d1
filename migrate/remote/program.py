"""A small program of ours on another host: sent, started once, asked, and ended; all by SSH.

Everything of it lies in one folder of that host.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from migrate.ssh import Host

BASE = PurePosixPath("/srv/.citynode")


@dataclass(frozen=True, slots=True)
class RemoteProgram:
    """A file of this folder, and where it lives on the other host."""

    source: str
    name: str

    @property
    def folder(self) -> PurePosixPath:
        return BASE / self.name

    def ensure(self, host: Host, arguments: Sequence[str]) -> None:
        """Running, started if it wasn't; never twice."""
        self.write(host, self.source, Path(__file__).with_name(self.source).read_text(encoding="utf-8"))
        host.ask("start", str(self.folder), self.source, list(arguments))

    def write(self, host: Host, name: str, content: str) -> None:
        """Put a file into the program's folder, whole."""
        host.ask("write", f"{self.folder}/{name}", content)

    def read(self, host: Host, name: str) -> str:
        """A file of the program's folder; empty if there is none."""
        return str(host.ask("read", f"{self.folder}/{name}"))

    def read_json(self, host: Host, name: str) -> dict[str, Any]:
        text = self.read(host, name)
        return dict(json.loads(text)) if text else {}

    def is_alive(self, host: Host) -> bool:
        return bool(host.ask("alive", str(self.folder)))

    def remove(self, host: Host) -> None:
        """End it and take its folder away."""
        host.ask("kill", str(self.folder))
