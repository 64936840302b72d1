"""The audit trail: one line of JSON for everything that was done, each holding the hash of the one before.

Lines are only ever added, under a lock, and synced to disk before the caller goes on. `verify` finds any edit, any
line taken out and any cut at the end (the head file remembers how far the trail had come). Secrets never come here:
callers name things, they don't quote them. What crashes tore is closed off and vouched for by the next entry.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.language import _
from ops.plan import canonical

Mark = tuple[int, str]
"""How far a trail has come: its last entry's number and hash."""
GENESIS = "0" * 64
RECOVERED = "trail.recovered"
"""The action of an entry that vouches for the torn lines right before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `hash` covers every other field, `previous` included."""

    number: int
    at: str
    who: str
    action: str
    subject: str
    outcome: str
    scope: str = ""
    plan_hash: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    previous: str = GENESIS
    hash: str = ""

    def expected_hash(self) -> str:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "hash"}
        return hashlib.sha256(canonical(fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found; `broken_at` is the number of the first line (from 1) that is not as it was written."""

    ok: bool
    entries: int
    broken_at: int | None = None
    reason: str = ""
    torn: bool = False
    """The last line was cut by a crash; the next entry will close it off."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of a trail: the last entry, what crashes left after it, and whether the last line lacks its line break."""

    last: Entry | None
    torn: bytes
    is_open: bool

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> _Tail:
        torn: list[bytes] = []
        is_open = bool(lines and lines[-1])
        for line in reversed(lines):
            entry = _parse(line)
            if entry is not None:
                return cls(entry, b"\n".join(torn), is_open)
            torn[:0] = [line] if line else []
        return cls(None, b"\n".join(torn), is_open)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Trail:
    """The trail in a state folder; `scope` is the city that its entries are about."""

    def __init__(self, state: Path, *, scope: str = "", now: Callable[[], datetime] = utc_now) -> None:
        self.path = state / "audit.jsonl"
        self._head = state / "audit.head"
        self.scope = scope
        self._now = now

    def of(self, scope: str) -> Trail:
        """The same trail, for what is done to this city."""
        return Trail(self.path.parent, scope=scope, now=self._now)

    def append(
        self, *, who: str, action: str, subject: str, outcome: str, plan_hash: str = "", facts: Mapping[str, Any] | None = None
    ) -> Entry:
        """Add one entry; it is on disk when this returns."""
        with self._locked() as descriptor:
            tail = self._tail(descriptor)
            after, lead = self._furthest(tail.last), b"\n" if tail.is_open else b""
            if tail.torn:
                mended = self._write(
                    descriptor, after, lead, who=who, action=RECOVERED, subject="audit", outcome="done", plan_hash="",
                    facts={"torn_sha256": hashlib.sha256(tail.torn).hexdigest(), "bytes": len(tail.torn)},
                )  # fmt: skip
                after, lead = (mended.number, mended.hash), b""
            return self._write(
                descriptor, after, lead, who=who, action=action, subject=subject, outcome=outcome, plan_hash=plan_hash,
                facts=dict(facts or {}),
            )  # fmt: skip

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be read, oldest first."""
        for line in self._lines():
            entry = _parse(line)
            if entry is not None:
                yield entry

    def verify(self) -> Verified:
        """Whether every line is as it was written, from the first to the one the head file remembers."""
        lines, head = self._moment()
        hashes: list[str] = []
        torn: list[bytes] = []
        for at, line in enumerate(lines, start=1):
            entry = _parse(line)
            if entry is None:
                torn.append(line)
                continue
            reason = _fault(entry, len(hashes) + 1, hashes[-1] if hashes else GENESIS, b"\n".join(torn))
            if reason:
                return Verified(ok=False, entries=len(hashes), broken_at=at, reason=reason)
            hashes.append(entry.hash)
            torn = []
        return _against_head(hashes, head, lines=len(lines), torn=bool(torn))

    def _moment(self) -> tuple[list[bytes], bytes | None]:
        """The lines and the head of one moment: nobody writes in between."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            head = self._head_text()
            return self._moment() if self.path.exists() else ([], head)  # it may have been begun just now
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return self._lines(), self._head_text()
        finally:
            os.close(descriptor)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []

    def _head_text(self) -> bytes | None:
        try:
            return self._head.read_bytes()
        except FileNotFoundError:
            return None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _tail(self, descriptor: int) -> _Tail:
        size = os.fstat(descriptor).st_size
        block = 1 << 16
        while True:
            start = max(0, size - block)
            lines = os.pread(descriptor, size - start, start).split(b"\n")
            tail = _Tail.of(lines if start == 0 else lines[1:])  # the first may be the end of a longer line
            if tail.last is not None or start == 0:
                return tail
            block *= 4

    def _furthest(self, last: Entry | None) -> Mark:
        """What the next entry follows: where the head file had come further, that, so that a cut is found for good."""
        mark = (last.number, last.hash) if last else (0, GENESIS)
        head = _parse_head(self._head_text() or b"")
        return head if head is not None and head[0] >= mark[0] else mark

    def _write(self, descriptor: int, after: Mark, lead: bytes, **fields: Any) -> Entry:
        """One entry, and the line break that the line before it lacks, in one write: a crash leaves a part of that at most."""
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        number, previous = after
        blank = Entry(number=number + 1, at=at, scope=self.scope, previous=previous, **fields)
        values = {name: getattr(blank, name) for name in blank.__dataclass_fields__}
        entry = Entry(**{**values, "hash": blank.expected_hash()})
        line = lead + canonical(entry).encode() + b"\n"
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
        self._remember(entry)
        return entry

    def _remember(self, entry: Entry) -> None:
        fresh = self._head.with_suffix(".head.new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(canonical({"number": entry.number, "hash": entry.hash}))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._head)


def _against_head(hashes: Sequence[str], head: bytes | None, *, lines: int, torn: bool) -> Verified:
    """The trail may be ahead of its head file by what a crash left, never behind it."""

    def broken(at: int, reason: str) -> Verified:
        return Verified(ok=False, entries=len(hashes), broken_at=at, reason=reason)

    if head is None:
        return Verified(ok=True, entries=len(hashes), torn=torn) if len(hashes) <= 1 else broken(lines, _("the head file is gone"))
    mark = _parse_head(head)
    if mark is None:
        return broken(lines, _("the head file is not as it was written"))
    number, digest = mark
    if number > len(hashes):
        return broken(lines + 1, _("{count} entries are gone from the end").format(count=number - len(hashes)))
    if number < 1 or hashes[number - 1] != digest:
        return broken(number, _("the trail was written anew"))
    return Verified(ok=True, entries=len(hashes), torn=torn)


def _parse_head(text: bytes) -> Mark | None:
    try:
        values = json.loads(text)
        return int(values["number"]), str(values["hash"])
    except (ValueError, KeyError, TypeError):
        return None


def _parse(line: bytes) -> Entry | None:
    try:
        data = json.loads(line)
        return Entry(**data)
    except (ValueError, TypeError):
        return None


def _fault(entry: Entry, number: int, previous: str, torn: bytes) -> str:
    """Why this entry can't stand here; empty if it can."""
    if entry.hash != entry.expected_hash():
        return _("its hash does not fit its content")
    if entry.number != number or entry.previous != previous:
        return _("it does not follow the entry before it")
    if torn and (entry.action != RECOVERED or entry.facts.get("torn_sha256") != hashlib.sha256(torn).hexdigest()):
        return _("what stands before it is no entry and nothing vouches for it")
    return ""
