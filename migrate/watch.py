"""What users see of a move: the probe at its site, and what its ledger proves. The counting is pure.

A write counts as acknowledged only when the application said so; one of which nobody can know (the connection broke on the
way) may be there or not. The ledger lies outside both databases.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from migrate.database import Database, literal
from migrate.remote.program import RemoteProgram
from ops import jsonl
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene


@dataclass(frozen=True, slots=True)
class Entry:
    """One write as the user saw it."""

    number: int
    at: float
    outcome: str
    to: str
    token: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ledger says of a stretch of time."""

    outage_seconds: float | None
    """From the last acknowledged write before to the first one after; None while none came after."""
    since: float
    until: float


def parse_ledger(text: str, run: str) -> tuple[Entry, ...]:
    """The ledger's lines; one that was cut off by a crash at its end was never sent."""
    return tuple(
        Entry(int(row["n"]), float(row["at"]), str(row["outcome"]), str(row["to"]), f"{run}:{row['n']}") for row in jsonl.rows(text)
    )


def longest_silence(entries: Sequence[Entry], first: int, last: int) -> Seen:
    """The longest time without an acknowledged write among the writes between these numbers. Pure."""
    good = [entry for entry in entries if entry.outcome == "ok"]
    before = [entry for entry in good if entry.number <= first][-1:]
    within = before + [entry for entry in good if first < entry.number <= last]
    gaps = [(later.at - earlier.at, earlier.at, later.at) for earlier, later in pairwise(within)]
    if not gaps:
        return Seen(None, 0.0, 0.0)
    longest = max(gaps)
    return Seen(round(longest[0], 3), longest[1], longest[2])


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    """How many writes were acknowledged, refused, and of unknown outcome."""
    found = {"ok": 0, "fail": 0, "info": 0}
    for entry in entries:
        found[entry.outcome] += 1
    return found


def lost(entries: Iterable[Entry], present: frozenset[str]) -> tuple[str, ...]:
    """Acknowledged writes that the database doesn't have. Pure."""
    return tuple(entry.token for entry in entries if entry.outcome == "ok" and entry.token not in present)


def present(database: Database, run: str) -> frozenset[str]:
    """The probe's writes that the database holds."""
    return frozenset(row["token"] for row in database.ask(f"SELECT token FROM entries WHERE token LIKE {literal(run + ':%')}"))


@dataclass(frozen=True, slots=True)
class Users:
    """The probe of one move."""

    scene: Scene
    run: str

    @property
    def program(self) -> RemoteProgram:
        return RemoteProgram("probe.py", f"probe-{self.scene.move.system.name}")

    def start(self) -> None:
        """They write, if they don't already."""
        move = self.scene.move
        words = [str(self.program.folder), move.domain_name, str(move.workload.port), self.run, *map(str, move.name_servers)]
        self.program.ensure(self.scene.host(self.scene.vantage), words)

    def state(self) -> dict[str, Any]:
        return self.program.read_json(self.scene.host(self.scene.vantage), "state.json")

    def is_alive(self) -> bool:
        return self.program.is_alive(self.scene.host(self.scene.vantage))

    def number(self) -> int:
        """The number of the latest write."""
        return int(self.scene.host(self.scene.vantage).ask("lines", f"{self.program.folder}/ledger"))

    def ledger(self) -> tuple[Entry, ...]:
        return parse_ledger(self.program.read(self.scene.host(self.scene.vantage), "ledger"), self.run)

    def stop(self) -> None:
        """They stop, after the write that they are in."""
        self.scene.host(self.scene.vantage).ask("stop", str(self.program.folder), 6.0)

    def keep(self) -> None:
        """The ledger as it is now, beside the operator's other state."""
        text = self.program.read(self.scene.host(self.scene.vantage), "ledger")
        if text:
            path = self.scene.stage.moves.folder(self.scene.move.system.name) / "ledger.jsonl"
            fresh = path.with_name("ledger.new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)

    def remove(self) -> None:
        self.program.remove(self.scene.host(self.scene.vantage))

    def title(self) -> str:
        return _("users at {site}").format(site=self.scene.vantage)
