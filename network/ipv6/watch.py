"""A probe that never stops while a change goes on: is IPv4 still whole, packet by packet?

Towns of the place send to the centres from before the first line is typed until after the last check. Two lanes per
town overlap, so that no moment is unwatched while this process lives. Every chunk is written down and synced: the
counts of a run that was killed are counted too, and what could not be watched is reported, never left out.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from network.devices.probe import Address, Prober
from network.push.journal import written
from ops import jsonl
from ops.errors import CitynodeError
from ops.plan import JsonObject

LEDGER = "ipv4-probes.jsonl"
"""Its file among those of the change."""
CHUNK, INTERVAL_MS = 20, 200
"""Packets a chunk to each centre: 4 s a chunk, five packets a second and lane."""
VANTAGES = 3
"""Towns that watch: a few suffice, since all of them send through the routers that change; one a county for the whole city."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What the watch counted."""

    sent: int = 0
    lost: int = 0
    blind: int = 0
    """Chunks that gave no count, because the town could not be asked."""
    lossy: Mapping[str, int] = field(default_factory=dict)
    """Packets lost, by town and centre."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """Why a town could not be asked, by town: what was said last."""

    def as_data(self, runs: int) -> JsonObject:
        """`runs` processes watched, one after the other: between them nobody did."""
        return {
            "ipv4_probes_sent": self.sent,
            "ipv4_probes_lost": self.lost,
            "ipv4_probes_blind": self.blind,
            "ipv4_probe_gaps": max(0, runs - 1),
            "ipv4_lossy": dict(self.lossy),
            "ipv4_unasked": dict(self.unasked),
        }


class Watch:
    """The towns and centres that are watched, and the ledger of what was counted."""

    def __init__(self, prober: Prober, pairs: Mapping[str, Mapping[Address, str]], ledger: Path) -> None:
        self._prober = prober
        self._pairs = pairs
        self._ledger = ledger
        self._owed: list[JsonObject] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch while the block runs; the last chunk is waited for. Raises JournalFailed where the ledger can't be written in the end."""
        self._owed.append({"began": os.getpid()})
        with written(self._ledger):
            self._settle()
        lanes = [
            threading.Thread(target=self._lane, args=(town, lane), name=f"watch-{town}-{lane}", daemon=True)
            for town in self._pairs
            for lane in (0, 1)
        ]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            self._stop.set()
            for lane in lanes:
                lane.join(timeout=30 + CHUNK * INTERVAL_MS / 1000)
        with written(self._ledger):
            self._settle()

    @property
    def owes(self) -> bool:
        """Whether the disk refused rows that it has not taken since."""
        with self._lock:
            return bool(self._owed)

    def _lane(self, town: str, lane: int) -> None:
        """Chunk after chunk, each in its own time; the second lane begins half a chunk later."""
        seconds = CHUNK * INTERVAL_MS / 1000
        if lane and self._stop.wait(seconds / 2):
            return
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                counts = self._prober.probe(town, tuple(self._pairs[town]), count=CHUNK, interval_ms=INTERVAL_MS)
            except CitynodeError as problem:
                self._write({"from": town, "error": str(problem)})
            else:
                to = {self._pairs[town][address]: [count.sent, count.lost] for address, count in counts.items()}
                self._write({"from": town, "to": to})
            self._stop.wait(max(0.0, began + seconds - time.monotonic()))

    def _write(self, row: JsonObject) -> None:
        """Into the ledger, or, while the disk refuses, with a later row: a lane goes on watching."""
        with self._lock:
            self._owed.append(row)
        with suppress(OSError):
            self._settle()

    def _settle(self) -> None:
        with self._lock:
            while self._owed:
                jsonl.append(self._ledger, self._owed[0])
                del self._owed[0]


def count(ledger: Path) -> tuple[Losses, int]:
    """What all processes that watched this change counted, and how many they were."""
    rows = list(jsonl.read(ledger))
    lossy: dict[str, int] = {}
    sent = 0
    for row in rows:
        for centre, (out, lost) in row.get("to", {}).items():
            sent += out
            if lost:
                key = f"{row['from']} -> {centre}"
                lossy[key] = lossy.get(key, 0) + lost
    unasked = [row for row in rows if "error" in row]
    why = {row["from"]: row["error"] for row in unasked}
    return Losses(sent, sum(lossy.values()), len(unasked), lossy, why), sum("began" in row for row in rows)


def choose(
    pairs: Iterable[tuple[str, str]], inside: Sequence[str], targets: Mapping[Address, str], *, most: int = VANTAGES
) -> dict[str, dict[Address, str]]:
    """The towns that watch, spread over the place, each with the centres that it reached before the change."""
    reached = frozenset(pairs)
    able = [town for town in inside if any(start == town for start, _ in reached)]
    step = max(1, len(able) // most)
    return {town: {address: name for address, name in targets.items() if (town, name) in reached} for town in able[::step][:most]}
