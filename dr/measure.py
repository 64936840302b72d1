"""What a ledger proves: outages, losses and how many sides could be written at once. Pure arithmetic.

It never rounds in our favour: an outage reaches from the last good answer to the first good answer after it, and a member
counts as writable all the time between two looks that both found it primary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dr.ledger import Ledger, Look, Outcome, Write


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which no write of a system was acknowledged."""

    last_good: float
    first_good: float

    @property
    def seconds(self) -> float:
        return self.first_good - self.last_good


@dataclass(frozen=True, slots=True)
class Losses:
    """The ledger against the rows that the database has now."""

    acknowledged: int
    lost: tuple[int, ...]
    """Acknowledged and not there: must be none."""
    unexpected: tuple[int, ...]
    """There and never attempted: must be none."""
    indeterminate: int
    indeterminate_present: int
    rpo_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How the system answered while nothing was done to it."""

    writes: int
    median_seconds: float
    slowest_seconds: float


def outage(writes: Sequence[Write], since: float) -> Outage | None:
    """The longest outage that ended after `since`; None if no write was acknowledged after it.

    A probe that was down for a while counts as an outage too: what nobody saw is never taken for good.
    """
    good = sorted((write for write in writes if write.outcome is Outcome.OK), key=lambda write: write.acked)
    gaps = [Outage(before.acked, after.acked) for before, after in pairwise(good) if after.acked > since]
    return max(gaps, key=lambda gap: gap.seconds, default=None)


def pace(writes: Sequence[Write], until: float) -> Pace:
    """Writes, their median and their slowest, before `until`."""
    took = [write.acked - write.sent for write in writes if write.outcome is Outcome.OK and write.acked <= until]
    return Pace(len(took), median(took) if took else 0.0, max(took, default=0.0))


def losses(writes: Sequence[Write], present: Iterable[int]) -> Losses:
    """What is missing and what is too much."""
    there = set(present)
    good = {write.number: write for write in writes if write.outcome is Outcome.OK}
    doubtful = {write.number for write in writes if write.outcome is Outcome.INDETERMINATE}
    lost = sorted(number for number in good if number not in there)
    allowed = set(good) | doubtful | _in_flight(writes)
    return Losses(
        acknowledged=len(good),
        lost=tuple(lost),
        unexpected=tuple(sorted(there - allowed)),
        indeterminate=len(doubtful),
        indeterminate_present=len(doubtful & there),
        rpo_seconds=_rpo(good, lost),
    )


def writable_sides_max(looks: Sequence[Look]) -> int:
    """The most members that were primary at one time."""
    edges: list[tuple[float, int]] = []
    for member in {look.member for look in looks}:
        for begin, end in _primary_spans([look for look in looks if look.member == member]):
            edges += [(begin, 1), (end, -1)]
    most = now = 0
    for _at, change in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        now += change
        most = max(most, now)
    return most


def first_primary(looks: Sequence[Look], member: str, since: float) -> float | None:
    """When this member was first found primary after `since`."""
    return min(
        (look.received for look in looks if look.member == member and look.role == "primary" and look.received > since), default=None
    )


def last_primary(looks: Sequence[Look], member: str) -> float | None:
    """When this member was last found primary."""
    return max((look.received for look in looks if look.member == member and look.role == "primary"), default=None)


def silent_members(ledger: Ledger, members: Iterable[str]) -> tuple[str, ...]:
    """Members that never answered the probe: about them it can testify nothing."""
    heard = {look.member for look in ledger.looks if look.role != "unreachable"}
    return tuple(member for member in members if member not in heard)


def _primary_spans(looks: Sequence[Look]) -> list[tuple[float, float]]:
    """From the first to the last of consecutive looks that found the member primary."""
    spans: list[tuple[float, float]] = []
    begin: Look | None = None
    end: Look | None = None
    for look in sorted(looks, key=lambda look: look.sent):
        if look.role == "primary":
            begin, end = begin or look, look
        elif begin is not None and end is not None:
            spans.append((begin.received, max(end.sent, begin.received)))
            begin = end = None
    if begin is not None and end is not None:
        spans.append((begin.received, max(end.sent, begin.received)))
    return spans


def _in_flight(writes: Sequence[Write]) -> set[int]:
    """The row after each start's last line: it may have been sent when the probe was killed."""
    last: dict[int, int] = {}
    for write in writes:
        last[write.segment] = max(last.get(write.segment, 0), write.number)
    return {number + 1 for number in last.values()}


def _rpo(good: dict[int, Write], lost: Sequence[int]) -> float:
    """How far back the surviving history reaches: from the last acknowledged row that is lost to the last one before any loss."""
    if not lost:
        return 0.0
    first_lost = good[lost[0]]
    surviving = [write.acked for number, write in good.items() if write.acked < first_lost.acked]
    newest_lost = max(good[number].acked for number in lost)
    return newest_lost - max(surviving, default=min(write.sent for write in good.values()))
