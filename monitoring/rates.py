"""Counters -> rates. Pure. A rate is given only where two readings really can be subtracted.

No spike may come of a reboot, a new interface under an old number or a counter that wraps: where the readings can't be
subtracted there is no rate for that stretch, and the reason is said. 64-bit octet counters wrap after 46 years at
100 Gbit/s, so a counter that went back was reset, unless going on from the top explains it at a possible speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitoring.model import Counters, Reading
from ops.language import N_, WORD

COUNTER64 = 2**64
SLACK = 1.5
"""Above the interface's speed by this factor is taken as impossible: counters are read a moment before or after the clock."""

CLOCK_SLACK_SECONDS = 2.0
"""Two clocks that tell an interval by more than this apart: ours was set, a device's hundredths since its start never are."""


class Gap(StrEnum):
    """Why there is no rate."""

    NEW = N_("interface is new", WORD)
    RESTARTED = N_("the device's agent restarted", WORD)
    DISCONTINUITY = N_("the counters were reset", WORD)
    TOO_SOON = N_("the readings are too close together", WORD)
    IMPOSSIBLE = N_("faster than the interface can be", WORD)


@dataclass(frozen=True, slots=True)
class Rate:
    """What went through an interface between two readings; None where it can't be known, and why."""

    device: str
    interface: str
    seconds: float
    in_mbit: float | None = None
    out_mbit: float | None = None
    in_packets: float | None = None
    out_packets: float | None = None
    gap: Gap | None = None

    def as_data(self) -> dict[str, object]:
        return {
            "device": self.device,
            "interface": self.interface,
            "seconds": round(self.seconds, 3),
            **{key: _rounded(getattr(self, key)) for key in ("in_mbit", "out_mbit", "in_packets", "out_packets")},
            "gap": self.gap.value if self.gap else "",
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def rates(before: Reading, after: Reading) -> tuple[Rate, ...]:
    """The rate of every interface of the later reading."""
    seconds = _elapsed(before, after)
    restarted = after.boots != before.boots or after.uptime_ticks < before.uptime_ticks
    known = {(item.name, item.index): item for item in before.interfaces}
    return tuple(_rate(after.device, known.get((item.name, item.index)), item, seconds, restarted=restarted) for item in after.interfaces)


def _elapsed(before: Reading, after: Reading) -> float:
    """Seconds by our clock; by the device's own where ours was set in between."""
    ours, theirs = (after.at - before.at).total_seconds(), (after.uptime_ticks - before.uptime_ticks) / 100
    was_set = before.uptime_ticks > 0 and theirs > 0 and abs(ours - theirs) > CLOCK_SLACK_SECONDS
    return theirs if was_set else ours


def _rate(device: str, old: Counters | None, new: Counters, seconds: float, *, restarted: bool) -> Rate:
    gap = _gap(old, new, seconds, restarted=restarted)
    if gap is not None or old is None:
        return Rate(device, new.name, seconds, gap=gap)
    octets = [_delta(getattr(old, key), getattr(new, key), _limit(new, seconds)) for key in ("in_octets", "out_octets")]
    if None in octets:
        went_back = old.in_octets > new.in_octets or old.out_octets > new.out_octets
        return Rate(device, new.name, seconds, gap=Gap.DISCONTINUITY if went_back else Gap.IMPOSSIBLE)
    in_mbit, out_mbit = (count * 8 / seconds / 1e6 for count in octets if count is not None)
    packets = [_delta(getattr(old, key), getattr(new, key), None) for key in ("in_packets", "out_packets")]
    in_packets, out_packets = (None if count is None else count / seconds for count in packets)
    return Rate(device, new.name, seconds, in_mbit, out_mbit, in_packets, out_packets)


def _gap(old: Counters | None, new: Counters, seconds: float, *, restarted: bool) -> Gap | None:
    if seconds <= 0:
        return Gap.TOO_SOON
    if restarted:
        return Gap.RESTARTED
    if old is None:
        return Gap.NEW
    return Gap.DISCONTINUITY if old.discontinuity != new.discontinuity else None


def _limit(item: Counters, seconds: float) -> float | None:
    """The most octets that can have gone through; None where the speed isn't known."""
    return item.speed_mbit * 1e6 / 8 * seconds * SLACK if item.speed_mbit else None


def _delta(old: int, new: int, limit: float | None) -> int | None:
    """How much was counted, or None if that can't be known."""
    delta = new - old if new >= old else new - old + COUNTER64
    if new < old and limit is None:
        return None
    return delta if limit is None or delta <= limit else None
