"""The audit trail: one line of JSON for everything that was done, each holding the hash of the one before.

Lines are only ever added, under a lock, and synced to disk before the caller goes on. `verify` finds any edit, any
line taken out and any cut at the end (the head file remembers how far the trail had come). Secrets never come here:
callers name things, they don't quote them. A line torn by a crash is closed off and vouched for by the next entry.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.language import _
from ops.plan import canonical

GENESIS = "0" * 64
RECOVERED = "trail.recovered"
"""The action of an entry that vouches for a torn line right before it."""


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


def utc_now() -> datetime:
    return datetime.now(UTC)


class Trail:
    """The trail in a state folder."""

    def __init__(self, state: Path, *, scope: str = "", now: Callable[[], datetime] = utc_now) -> None:
        self.path = state / "audit.jsonl"
        self._head = state / "audit.head"
        self._scope = scope
        self._now = now

    def append(
        self, *, who: str, action: str, subject: str, outcome: str, plan_hash: str = "", facts: Mapping[str, Any] | None = None
    ) -> Entry:
        """Add one entry; it is on disk when this returns."""
        with self._locked() as descriptor:
            last, torn = self._tail(descriptor)
            if torn:
                last = self._close_off(descriptor, last, torn, who)
            return self._write(
                descriptor, last, who=who, action=action, subject=subject, outcome=outcome, plan_hash=plan_hash, facts=dict(facts or {})
            )

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be read, oldest first."""
        for line in self._lines():
            entry = _parse(line)
            if entry is not None:
                yield entry

    def verify(self) -> Verified:
        """Whether every line is as it was written, from the first to the one the head file remembers."""
        lines = self._lines()
        previous, count, torn = GENESIS, 0, b""
        for at, line in enumerate(lines, start=1):
            entry = _parse(line)
            if entry is None:
                if torn:
                    return Verified(ok=False, entries=count, broken_at=at, reason=_("two lines in a row are not entries"))
                torn = line
                continue
            reason = _fault(entry, count + 1, previous, torn)
            if reason:
                return Verified(ok=False, entries=count, broken_at=at, reason=reason)
            previous, count, torn = entry.hash, count + 1, b""
        return self._against_head(Verified(ok=True, entries=count, torn=bool(torn)), len(lines))

    def _against_head(self, found: Verified, lines: int) -> Verified:
        """The trail may be ahead of its head file by what a crash left, never behind it."""
        try:
            head = json.loads(self._head.read_text(encoding="utf-8"))
            number, digest = int(head["number"]), str(head["hash"])
        except FileNotFoundError:
            return (
                found
                if found.entries <= 1
                else Verified(ok=False, entries=found.entries, broken_at=lines, reason=_("the head file is gone"))
            )
        except (ValueError, KeyError, TypeError):
            return Verified(ok=False, entries=found.entries, broken_at=lines, reason=_("the head file is not as it was written"))
        if number > found.entries:
            return Verified(
                ok=False,
                entries=found.entries,
                broken_at=lines + 1,
                reason=_("{count} entries are gone from the end").format(count=number - found.entries),
            )
        at = next((entry for entry in self.entries() if entry.number == number), None)
        if at is None or at.hash != digest:
            return Verified(ok=False, entries=found.entries, broken_at=number, reason=_("the trail was written anew"))
        return found

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _tail(self, descriptor: int) -> tuple[Entry | None, bytes]:
        """The last whole entry, and the bytes of a torn line after it."""
        size = os.fstat(descriptor).st_size
        block = 1 << 16
        while True:
            start = max(0, size - block)
            lines = os.pread(descriptor, size - start, start).split(b"\n")
            whole = lines if start == 0 else lines[1:]  # the first may be the end of a longer line
            parsed = [entry for entry in map(_parse, whole[:-1]) if entry is not None]
            if parsed or start == 0:
                return (parsed[-1] if parsed else None), whole[-1]
            block *= 4

    def _close_off(self, descriptor: int, last: Entry | None, torn: bytes, who: str) -> Entry | None:
        os.write(descriptor, b"\n")
        entry = _parse(torn)
        if entry is not None and not _fault(entry, last.number + 1 if last else 1, last.hash if last else GENESIS, b""):
            return entry  # only its line break was missing
        return self._write(
            descriptor, last, who=who, action=RECOVERED, subject="audit", outcome="done", plan_hash="",
            facts={"torn_sha256": hashlib.sha256(torn).hexdigest(), "bytes": len(torn)},
        )  # fmt: skip

    def _write(self, descriptor: int, last: Entry | None, **fields: Any) -> Entry:
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
        blank = Entry(number=number, at=at, scope=self._scope, previous=previous, **fields)
        values = {name: getattr(blank, name) for name in blank.__dataclass_fields__}
        entry = Entry(**{**values, "hash": blank.expected_hash()})
        line = canonical(entry).encode() + b"\n"
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
        return _("the line before it is no entry and nothing vouches for it")
    return ""
