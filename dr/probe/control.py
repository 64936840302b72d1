"""Starting, asking, stopping and removing the probe at its site. Every act may be repeated; none leaves a second probe."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from dr.vantage import Vantage

HOME = "/var/tmp"  # noqa: S108 - each drill has a folder of its own there, made 0700 under a name that nobody else knows yet
LEDGER_FILES = ("ledger.jsonl", "sides.jsonl", "events.jsonl")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A member's database as users reach it: over the extranet."""

    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Table:
    """Where the probe writes a system's rows."""

    name: str
    database: str
    table: str


@dataclass(frozen=True, slots=True)
class ProbeConfig:
    members: tuple[Endpoint, ...]
    systems: tuple[Table, ...]
    user: str
    password: str
    interval_seconds: float
    watch_seconds: float
    limit_seconds: float


class Probe:
    """The probe of one drill at one site."""

    def __init__(self, vantage: Vantage, name: str) -> None:
        self.vantage = vantage
        self.folder = f"{HOME}/{name}"

    def start(self, config: ProbeConfig) -> dict[str, Any]:
        """Upload what is needed and start it; a probe that already runs goes on."""
        self._mkdir()
        self._put("config.json", json.dumps(asdict(config)).encode())
        self._put("probe.py", (files("dr.probe") / "run.py").read_bytes())
        if not self._has_psycopg():
            from dr.probe.bundle import psycopg_bundle

            self._put("psycopg.zip", psycopg_bundle())
        return self._ask("start")

    def state(self) -> dict[str, Any]:
        """Counts per system, whether it runs, and its clock."""
        return self._ask("state")

    def mark(self, event: str) -> dict[str, Any]:
        """Write an event down in the probe's time."""
        return self._ask("mark", event)

    def stop(self) -> None:
        """End it and wait until it has ended; no matter if it never started."""
        if self.was_uploaded():
            self._ask("stop")

    def fetch(self, target: Path) -> None:
        """Copy the ledger here, each file whole or not at all."""
        target.mkdir(parents=True, exist_ok=True)
        for name in LEDGER_FILES:
            fresh = target / f"{name}.new"
            try:
                self.vantage.files.get(f"{self.folder}/{name}", str(fresh))
            except OSError as missing:
                raise CitynodeError(
                    _("the probe's {name} can't be fetched from {site}").format(name=name, site=self.vantage.site),
                    why=str(missing),
                    hint=_("citynode dr drill abort cleans up; then run the drill again"),
                ) from missing
            fresh.replace(target / name)

    def remove(self) -> None:
        """Stop it and remove everything that was uploaded."""
        self.stop()
        self.vantage.run("rm", "-rf", self.folder)

    def exists(self) -> bool:
        """Whether anything of it is still at the site."""
        return self._has("")

    def was_uploaded(self) -> bool:
        """Whether it can be asked anything. Its folder is made first: where that is all, it never ran."""
        return self._has("probe.py")

    def _has(self, name: str) -> bool:
        try:
            self.vantage.files.stat(f"{self.folder}/{name}".rstrip("/"))
        except OSError:
            return False
        return True

    def _mkdir(self) -> None:
        if not self.exists():
            self.vantage.files.mkdir(self.folder, 0o700)

    def _put(self, name: str, body: bytes) -> None:
        """Never readable by others, never half there."""
        fresh = f"{self.folder}/{name}.new"
        with self.vantage.files.open(fresh, "wb") as file:
            file.chmod(0o600)
            file.write(body)
        self.vantage.files.posix_rename(fresh, f"{self.folder}/{name}")

    def _has_psycopg(self) -> bool:
        try:
            self.vantage.run("python3", "-c", "import psycopg")
        except CitynodeError:
            return False
        return True

    def _ask(self, *verb: str) -> dict[str, Any]:
        path = f"PYTHONPATH={self.folder}/psycopg.zip"
        answer = self.vantage.run("python3", f"{self.folder}/probe.py", self.folder, *verb, env=path)
        found: dict[str, Any] = json.loads(answer)
        return found
