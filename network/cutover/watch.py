"""What users see of a cutover: services asked over and over from hosts inside and from the enclaves, and what the ledgers say.

The programs that ask run on those hosts and outlive us, so that `kill -9` of a cutover leaves no hole in what was measured.
Counting is pure. An answer is a connection, on a path where the service ever said something a word of it. An outage is from the last
answer before a failure to the first one after it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from network.cutover.plan import Cutover
from network.devices.shells import REMOTE, Shells, side_by_side
from ops import jsonl
from ops.language import _
from ops.plan import JsonObject

FOLDER = "/var/tmp/citynode-cutover"  # noqa: S108 - a folder on a department's host, its own by the change id
MOST_SECONDS = 3600
GAP_SECONDS = 0.1
OLD, NEW = "old", "new"
"""Paths: the private network's own at old addresses; from an enclave at new ones."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How one service was seen on one path by one who asked it."""

    label: str
    asked: int
    lost: int
    outage_seconds: float
    answered: bool
    """Whether it ever answered."""

    def as_data(self) -> JsonObject:
        return {
            "path": self.label,
            "asked": self.asked,
            "lost": self.lost,
            "outage_seconds": self.outage_seconds,
            "answered": self.answered,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    at: float
    label: str
    ok: bool
    """Whether a connection came about."""
    said: bool
    """Whether the service said anything on it."""


def targets(cut: Cutover, source: str) -> list[tuple[str, str, int]]:
    """What a source asks: a private host the others' old addresses, an enclave that may the new ones in both families."""
    if any(move.name == source for move in cut.hosts):
        return [(f"{OLD} {source} -> {move.old.ip}", str(move.old.ip), move.port) for move in cut.hosts if move.name != source]
    return [(f"{NEW} {source} -> {address}", str(address), move.port) for move in cut.hosts for address in (move.new.ip, move.ipv6.ip)]


def sources(cut: Cutover) -> tuple[str, ...]:
    """Who asks."""
    return (*(move.name for move in cut.hosts), *(user.enclave.name for user in cut.users))


def start(shells: Shells, cut: Cutover, change_id: str) -> None:
    """Have everybody ask; who asks already goes on."""
    program = (REMOTE / "watch.py").read_text(encoding="utf-8")
    folder = f"{FOLDER}/{change_id}"

    def begin(source: str) -> str:
        words = [f"{folder}/watch.py", folder, str(MOST_SECONDS), str(GAP_SECONDS), json.dumps(targets(cut, source))]
        lines = [
            f"mkdir -p {folder} && chmod 700 {folder} && rm -f {folder}/stop",
            f"cat > {folder}/watch.py <<'END-OF-PROGRAM'\n{program}END-OF-PROGRAM",
            "python=$(command -v /usr/bin/python3 || command -v python3)",
            f'setsid nohup "$python" {shlex.join(words)} </dev/null >{folder}/said 2>&1 &',
        ]
        return shells.run(source, "\n".join(lines))

    side_by_side(begin, sources(cut))


def read(shells: Shells, cut: Cutover, change_id: str) -> tuple[Entry, ...]:
    """What all of them wrote down until now."""
    said = side_by_side(lambda source: shells.run(source, f"cat {FOLDER}/{change_id}/ledger.jsonl 2>/dev/null || true"), sources(cut))
    return tuple(entry for text in said for entry in parse(text))


def stop(shells: Shells, cut: Cutover, change_id: str) -> None:
    """Have nobody ask any more, and leave nothing of it behind."""
    folder = f"{FOLDER}/{change_id}"
    waits = f"[ ! -f {folder}/lock ] || {{ touch {folder}/stop; flock -w 5 {folder}/lock true; }}"
    side_by_side(lambda source: shells.run(source, f"{waits}; rm -rf {folder}; rmdir {FOLDER} 2>/dev/null || true"), sources(cut))


def parse(text: str) -> tuple[Entry, ...]:
    """A ledger's lines; one that is still being written is left out."""
    found = []
    for row in jsonl.rows(text):
        with suppress(KeyError, TypeError, ValueError):
            found.append(Entry(float(row["at"]), str(row["label"]), bool(row["ok"]), bool(row["said"])))
    return tuple(found)


def count(entries: Iterable[Entry]) -> tuple[Seen, ...]:
    """Each path's losses and its longest outage; questions before the first answer are not losses: there was nothing yet."""
    rows: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.at):
        rows.setdefault(entry.label, []).append(entry)
    return tuple(_count(label, asked) for label, asked in sorted(rows.items()))


def worst(seen: Sequence[Seen]) -> JsonObject:
    """The sums that a report begins with."""
    return {
        "probes_sent": sum(each.asked for each in seen),
        "probes_lost": sum(each.lost for each in seen),
        "outage_seconds": max((each.outage_seconds for each in seen), default=0.0),
        "paths": [each.as_data() for each in seen],
    }


def _count(label: str, asked: Sequence[Entry]) -> Seen:
    speaks = any(entry.said for entry in asked)
    answers = [(entry.at, entry.said if speaks else entry.ok) for entry in asked]
    first = next((position for position, (_at, ok) in enumerate(answers) if ok), None)
    if first is None:
        return Seen(label, 0, 0, 0.0, answered=False)
    after = answers[first:]
    longest, last = 0.0, after[0][0]
    failing = False
    for at, ok in after:
        if ok:
            longest = max(longest, at - last) if failing else longest
            last, failing = at, False
        else:
            failing = True
    if failing:
        longest = max(longest, after[-1][0] - last)
    return Seen(label, len(after), sum(not ok for _at, ok in after), round(longest, 3), answered=True)


def told(seen: Sequence[Seen]) -> str:
    """The measurement in one line."""
    total = worst(seen)
    text = _("{lost} of {sent} questions without an answer, longest outage {seconds:g} s")
    return text.format(lost=total["probes_lost"], sent=total["probes_sent"], seconds=total["outage_seconds"])
