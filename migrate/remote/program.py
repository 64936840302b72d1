"""A small program of ours on another host: sent, started once, asked, and ended; all by SSH.

Everything of it lies in one folder of that host, which also says which change it belongs to.
"""

from __future__ import annotations

import json
import shlex
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
        text = Path(__file__).with_name(self.source).read_text(encoding="utf-8")
        program = self.folder / self.source
        self.write(host, self.source, text)
        line = (
            f"cd {self.folder} && exec 9>lock && flock 9 && {{ {self._alive()} || {{ rm -f stop; "
            f"python=$(command -v /usr/bin/python3 || command -v python3); "
            f"setsid $python {program} {shlex.join(arguments)} </dev/null >>log 2>&1 9>&- & echo $! >pid; }}; }}"
        )
        host.run(["sh", "-c", line])

    def write(self, host: Host, name: str, content: str) -> None:
        """Put a file into the program's folder, whole."""
        host.run(["sh", "-c", f"umask 077; mkdir -p {self.folder} && cat > {self.folder}/{name}.new && mv {self.folder}/{name}.new {self.folder}/{name}"], stdin=content)

    def read(self, host: Host, name: str) -> str:
        """A file of the program's folder; empty if there is none."""
        return host.run(["sh", "-c", f"cat {self.folder}/{name} 2>/dev/null || true"]).stdout

    def read_json(self, host: Host, name: str) -> dict[str, Any]:
        text = self.read(host, name)
        return dict(json.loads(text)) if text else {}

    def is_alive(self, host: Host) -> bool:
        return host.run(["sh", "-c", f"cd {self.folder} 2>/dev/null && {self._alive()}"], allowed=None).code == 0

    def remove(self, host: Host) -> None:
        """End it and take its folder away."""
        host.run(["sh", "-c", f"cd {self.folder} 2>/dev/null || exit 0; {self._alive()} && kill $(cat pid); cd /; rm -rf {self.folder}"], allowed=None)

    def _alive(self) -> str:
        return f"{{ [ -s pid ] && tr '\\0' ' ' </proc/$(cat pid)/cmdline 2>/dev/null | grep -q {shlex.quote(str(self.folder))}; }}"
