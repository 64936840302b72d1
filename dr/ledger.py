"""The probe's ledger as values: one line per attempted write, one per look at a member, one per event.

All times are seconds of the vantage site's monotonic clock. A last line that a crash cut in half is left out; any other
broken line is an error, because a ledger with holes proves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ops.errors import CitynodeError
from ops.language import _

SEGMENT = 10**9
"""Row numbers of the probe's n-th start begin at n times this."""


class Outcome(StrEnum):
    OK = "ok"
    FAIL = "fail"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Write:
    """One attempted row of one system."""

    system: str
    number: int
    sent: float
    acked: float
    outcome: Outcome
    error: str = ""

    @property
    def segment(self) -> int:
        return self.number // SEGMENT


@dataclass(frozen=True, slots=True)
class Look:
    """One answer of one member to the question whether it is primary."""

    member: str
    sent: float
    received: float
    role: str
    timeline: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the drill did, in the vantage site's time; `wall` is its clock of the day."""

    name: str
    at: float
    wall: float


@dataclass(frozen=True, slots=True)
class Ledger:
    writes: tuple[Write, ...]
    looks: tuple[Look, ...]
    events: tuple[Event, ...]

    def event(self, name: str) -> Event | None:
        """The first event of this name: a step that ran twice happened when it ran first."""
        return next((event for event in self.events if event.name == name), None)

    def of(self, system: str) -> tuple[Write, ...]:
        return tuple(write for write in self.writes if write.system == system)


def read_ledger(folder: Path) -> Ledger:
    """The ledger that a probe left in this folder."""
    return Ledger(
        writes=tuple(
            Write(each["s"], each["n"], each["a"], each["b"], Outcome(each["r"]), each.get("e", ""))
            for each in _lines(folder / "ledger.jsonl")
        ),
        looks=tuple(Look(each["m"], each["a"], each["b"], each["r"], each.get("t", "")) for each in _lines(folder / "sides.jsonl")),
        events=tuple(Event(each["e"], each["t"], each["w"]) for each in _lines(folder / "events.jsonl")),
    )


def ledger_hash(folder: Path) -> str:
    """SHA-256 over the three files in a fixed order."""
    total = hashlib.sha256()
    for name in ("ledger.jsonl", "sides.jsonl", "events.jsonl"):
        body = (folder / name).read_bytes() if (folder / name).exists() else b""
        total.update(f"{name} {len(body)}\n".encode() + body)
    return total.hexdigest()


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as missing:
        raise CitynodeError(_("the probe's ledger can't be read"), why=str(missing), hint=_("run the drill again")) from missing
    last = len(lines) - 1
    for number, line in enumerate(lines):
        if not line or number == last:  # what follows the last line break was never finished
            continue
        try:
            yield json.loads(line)
        except ValueError as broken:
            raise CitynodeError(
                _("line {value} of the ledger {name} is broken").format(value=number + 1, name=path.name),
                why=str(broken),
                hint=_("the ledger was altered or its disk is bad: run the drill again"),
            ) from broken
