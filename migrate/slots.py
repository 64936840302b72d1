"""Slots that departments asked for: a book that is only added to, one for each city or lab.

An entry is on disk before the caller hears of it, and two processes write one after the other. A process that dies in
the middle leaves at most a line cut in half, which counts for nothing, or an entry whose line in the audit trail is
missing; the next writer adds it. Asking twice for the same is one request. Refuses a book that was edited by hand into
something else.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from city.model import City, SiteKind, System, SystemState
from migrate.calendar import HORIZON_WEEKS, last_day, nights, today
from migrate.move import find_system
from migrate.store import Moves
from ops.audit import Trail
from ops.control import Control
from ops.errors import CitynodeError, PolicyRefused, UsageProblem
from ops.killpoint import kill_point
from ops.language import N_, WORD, _
from ops.plan import canonical, plain
from ops.suggest import unknown

REQUESTED, CANCELLED = "slot.requested", "slot.cancelled"
NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Slot:
    """A department's wish: this system, its cutover on one of the nights between two dates (both may be left open)."""

    name: str
    system: str
    department: str
    earliest: date | None
    latest: date | None
    note: str
    author: str
    requested: str
    cancelled: str = ""
    """When it was taken back; empty while it stands."""
    cancelled_by: str = ""

    @property
    def number(self) -> int:
        return int(self.name.rpartition("-")[2])

    @property
    def state(self) -> str:
        return N_("cancelled", WORD) if self.cancelled else N_("requested", WORD)

    def as_data(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, "state": self.state}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the book: `slot` as it stands after the action."""

    number: int
    action: str
    slot: Slot

    @property
    def author(self) -> str:
        return self.slot.cancelled_by or self.slot.author


def slots_of(control: Control) -> Slots:
    """The book of the city or lab that this operation is about."""
    return Slots(control.state / "migrate" / (control.scope or "city") / "slots.jsonl", control.trail)


def city_of_today(city: City, control: Control) -> City:
    """The city with every system that was moved, watched still or for good, where it runs now."""
    from migrate.run import FINAL, FINALIZING, WATCHING

    moves = Moves(control.state / "moves" / (control.scope or "city"))
    at = {str(each["system"]): str(each["target"]) for each in moves.all() if each.get("state") in (WATCHING, FINALIZING, FINAL)}
    systems = (system.model_copy(update={"runs_at": at.get(system.name, system.runs_at)}) for system in city.systems)
    return city.model_copy(update={"systems": tuple(systems)}) if at else city


class Slots:
    """The book of slots in a file."""

    def __init__(self, path: Path, trail: Trail) -> None:
        self._path = path
        self._trail = trail

    def all(self) -> tuple[Slot, ...]:
        """Every slot that was ever asked for, oldest first, as it stands now."""
        return _standing(self._read())

    def standing(self) -> tuple[Slot, ...]:
        """The slots that were not taken back."""
        return tuple(slot for slot in self.all() if not slot.cancelled)

    def find(self, name: str) -> Slot:
        """The slot of this name, or the one that stands for this system."""
        return _find(self.all(), name)

    def request(self, wish: Slot) -> tuple[Slot, bool]:
        """The slot as it stands in the book, and whether it is new; PolicyRefused where the system has another one."""
        with self._locked() as descriptor:
            entries = self._caught_up(descriptor)
            found = next((slot for slot in _standing(entries) if slot.system == wish.system and not slot.cancelled), None)
            if found is not None:
                return _same(found, wish), False
            slot = replace(wish, name=f"slot-{sum(entry.action == REQUESTED for entry in entries) + 1}")
            self._add(descriptor, _Entry(len(entries) + 1, REQUESTED, slot))
            return slot, True

    def cancel(self, name: str, *, author: str, now: datetime) -> tuple[Slot, bool]:
        """The slot, taken back, and whether this call did it."""
        with self._locked() as descriptor:
            entries = self._caught_up(descriptor)
            slot = _find(_standing(entries), name)
            if slot.cancelled:
                return slot, False
            slot = replace(slot, cancelled=_stamp(now), cancelled_by=author)
            self._add(descriptor, _Entry(len(entries) + 1, CANCELLED, slot))
            return slot, True

    def _add(self, descriptor: int, entry: _Entry) -> None:
        kill_point("slot", "before")
        line = canonical(entry).encode() + b"\n"
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
        kill_point("slot", "after")
        self._tell(entry)

    def _tell(self, entry: _Entry) -> None:
        slot = entry.slot
        facts = {**self._mark(entry), "earliest": slot.earliest, "latest": slot.latest, "note": slot.note}
        self._trail.append(who=entry.author, action=entry.action, subject=slot.system, outcome="done", facts=plain(facts))

    def _caught_up(self, descriptor: int) -> list[_Entry]:
        """The entries, once a torn end is cut off and the trail has the last one too."""
        entries = self._read()
        size = sum(len(line) + 1 for line in self._lines()[:-1])
        if os.fstat(descriptor).st_size != size:
            os.ftruncate(descriptor, size)
        if entries and not self._is_told(entries[-1]):
            self._tell(entries[-1])
        return entries

    def _is_told(self, entry: _Entry) -> bool:
        mark = self._mark(entry).items()
        return any(told.action == entry.action and mark <= told.facts.items() for told in self._trail.entries())

    def _mark(self, entry: _Entry) -> dict[str, Any]:
        """What is the same in no other entry of the trail."""
        return {"book": self._path.parent.name, "entry": entry.number, "slot": entry.slot.name}

    def _lines(self) -> list[bytes]:
        """Whole lines, then what comes after the last line break: nothing, or a line that was cut in half."""
        try:
            return self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return [b""]

    def _read(self) -> list[_Entry]:
        found = []
        for number, line in enumerate(self._lines()[:-1], start=1):
            try:
                entry = _parse(line)
            except (ValueError, TypeError, KeyError) as broken:
                raise _altered(self._path, number) from broken
            if entry.number != number:
                raise _altered(self._path, number)
            found.append(entry)
        return found

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def plan_slot(city: City, name: str, *, earliest: date | None, latest: date | None, note: str, author: str, now: datetime) -> Slot:
    """The slot that would be asked for; an error where the city can't give it to anybody."""
    system = find_mover(city, name)
    _check_dates(city, earliest, latest, now)
    if len(note) > NOTE_LENGTH or not note.isprintable():
        raise UsageProblem(_("the note is one line of at most {count} characters").format(count=NOTE_LENGTH))
    return Slot("", system.name, system.department, earliest, latest, note, author, _stamp(now))


def find_mover(city: City, name: str) -> System:
    """The system of that name: one that moves to the node, or one in construction that goes live there."""
    system = city.system_by_name.get(name)
    if system is not None and system.state is SystemState.CONSTRUCTION:
        return system
    system = find_system(city, name)
    if city.site_by_name[system.runs_at].kind is SiteKind.PROVINCE:
        raise PolicyRefused(
            _("{system} is run by the province and is not the city's to move").format(system=name),
            why=_("it runs at {site}, and the city reaches it over the extranet").format(site=system.runs_at),
            hint="citynode city show systems",
        )
    return system


def _check_dates(city: City, earliest: date | None, latest: date | None, now: datetime) -> None:
    day, last = today(now), last_day(now)
    for option, value in (("--earliest", earliest), ("--latest", latest)):
        if value is not None and value < day:
            raise UsageProblem(
                _("{option} {date} is in the past").format(option=option, date=value),
                why=_("today is {date}").format(date=day),
                hint=_("give a date from {first} to {last}").format(first=day, last=last),
            )
        if value is not None and value > last:
            raise UsageProblem(
                _("{option} {date} lies beyond the planning horizon").format(option=option, date=value),
                why=_("slots are given until {last}").format(last=last),
                hint=_("give a date from {first} to {last}").format(first=day, last=last),
            )
    if earliest is not None and latest is not None and latest < earliest:
        raise UsageProblem(
            _("--latest {latest} is before --earliest {earliest}").format(latest=latest, earliest=earliest), hint=_("swap the two dates")
        )
    _check_windows(city, earliest or day, latest or last, now)


def _check_windows(city: City, earliest: date, latest: date, now: datetime) -> None:
    """Refuse dates without a single permitted night between them."""
    ahead = nights(city.windows, now, now + timedelta(weeks=HORIZON_WEEKS * 2))
    if any(earliest <= night.date <= latest for night in ahead):
        return
    near = next((night.name for night in ahead if night.date > latest), "")
    raise UsageProblem(
        _("no cutover is permitted from {earliest} to {latest}").format(earliest=earliest, latest=latest),
        why=_("the city's windows have no night there"),
        hint=_("the next permitted night is {night}").format(night=near) if near else _("add `windows` to the city"),
    )


def _standing(entries: Iterable[_Entry]) -> tuple[Slot, ...]:
    return tuple({entry.slot.name: entry.slot for entry in entries}.values())


def _find(slots: Iterable[Slot], name: str) -> Slot:
    known = {slot.name: slot for slot in slots}
    by_system = {slot.system: slot for slot in known.values() if not slot.cancelled}
    found = known.get(name) or by_system.get(name)
    if found is None:
        raise unknown(_("slot"), name, [*known, *by_system])
    return found


def _same(found: Slot, wish: Slot) -> Slot:
    if (found.earliest, found.latest, found.note, found.author) == (wish.earliest, wish.latest, wish.note, wish.author):
        return found
    raise PolicyRefused(
        _("{system} has a slot request already: {slot}").format(system=found.system, slot=found.name),
        why=_("by {author}, from {earliest} to {latest}").format(
            author=found.author, earliest=found.earliest or _("any date"), latest=found.latest or _("any date")
        ),
        hint=f"citynode migrate slots cancel {found.name}",
    )


def _parse(line: bytes) -> _Entry:
    data = json.loads(line)
    slot = data["slot"]
    dates = {key: date.fromisoformat(slot[key]) if slot[key] else None for key in ("earliest", "latest")}
    return _Entry(int(data["number"]), str(data["action"]), Slot(**{**slot, **dates}))


def _altered(path: Path, number: int) -> CitynodeError:
    return CitynodeError(
        _("the book of slots {path} was altered").format(path=path),
        why=_("line {number} is not as it was written").format(number=number),
        hint=_("every slot stands in the audit trail as well: citynode audit show"),
    )


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")
