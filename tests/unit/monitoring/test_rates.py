"""Counters -> rates: no spike may ever come of a wrap, a reset, a reboot, a new interface or a clock that was set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.model import Counters, Reading
from monitoring.rates import COUNTER64, Gap, Rate, rates

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PORT = Counters("eth1", 2, is_up=True, speed_mbit=100, in_octets=1_000_000, out_octets=5_000_000, in_packets=1000, out_packets=4000)


def reading(port: Counters, *, after: float = 0, ticks: int | None = None, boots: int = 1) -> Reading:
    """The device so many seconds later; its own clock goes along unless told otherwise."""
    uptime = 100_000 + round(after * 100) if ticks is None else ticks
    return Reading("t1", AT + timedelta(seconds=after), uptime, boots, (port,))


def rate(before: Counters, after: Counters, *, seconds: float = 10, ticks: int | None = None, boots: int = 1) -> Rate:
    (found,) = rates(reading(before), reading(after, after=seconds, ticks=ticks, boots=boots))
    return found


def test_octets_become_megabits_and_packets_packets_a_second() -> None:
    found = rate(PORT, replace(PORT, in_octets=13_500_000, out_octets=5_000_000, in_packets=11_000))
    assert (found.in_mbit, found.out_mbit, found.in_packets, found.out_packets, found.gap) == (10, 0, 1000, 0, None)
    assert found.as_data() == {
        "device": "t1", "interface": "eth1", "seconds": 10, "in_mbit": 10, "out_mbit": 0, "in_packets": 1000, "out_packets": 0, "gap": "",
    }  # fmt: skip


def test_a_counter_that_wrapped_goes_on_from_the_top() -> None:
    found = rate(replace(PORT, in_octets=COUNTER64 - 500_000), replace(PORT, in_octets=750_000))
    assert found.in_mbit == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("before", "after", "gap"),
    [
        (PORT, replace(PORT, in_octets=0), Gap.DISCONTINUITY),
        (replace(PORT, speed_mbit=0), replace(PORT, speed_mbit=0, in_octets=0), Gap.DISCONTINUITY),
        (PORT, replace(PORT, in_octets=PORT.in_octets + 200_000_000), Gap.IMPOSSIBLE),
        (PORT, replace(PORT, discontinuity=77), Gap.DISCONTINUITY),
        (PORT, replace(PORT, index=9), Gap.NEW),
        (PORT, replace(PORT, name="eth7"), Gap.NEW),
    ],
)
def test_readings_that_cannot_be_subtracted_give_no_rate_and_the_reason(before: Counters, after: Counters, gap: Gap) -> None:
    found = rate(before, after)
    assert (found.gap, found.in_mbit, found.out_mbit, found.in_packets) == (gap, None, None, None)


def test_an_agent_that_restarted_gives_no_rate() -> None:
    more = replace(PORT, in_octets=2_000_000)
    assert rate(PORT, more, ticks=500).gap is Gap.RESTARTED
    assert rate(PORT, more, boots=2).gap is Gap.RESTARTED


def test_a_speed_that_is_not_known_allows_any_rate() -> None:
    unknown = replace(PORT, speed_mbit=0)
    assert rate(unknown, replace(unknown, in_octets=PORT.in_octets + 10**12)).in_mbit == pytest.approx(800_000)


def test_a_packet_counter_that_went_back_leaves_the_octets_alone() -> None:
    found = rate(PORT, replace(PORT, in_octets=2_250_000, in_packets=0))
    assert (found.in_mbit, found.in_packets, found.gap) == (1, None, None)


@pytest.mark.parametrize("seconds", [3610, 0.4, -3590])
def test_a_clock_that_was_set_changes_no_rate(seconds: float) -> None:
    """Our clock jumped; the device says that ten seconds went by."""
    found = rate(PORT, replace(PORT, in_octets=13_500_000), seconds=seconds, ticks=101_000)
    assert (found.in_mbit, found.seconds, found.gap) == (10, 10, None)


def test_a_device_that_tells_no_uptime_is_measured_by_our_clock() -> None:
    first, second = (replace(reading(PORT, after=after), uptime_ticks=0) for after in (0, 10))
    (found,) = rates(first, replace(second, interfaces=(replace(PORT, in_octets=13_500_000),)))
    assert found.in_mbit == 10


def test_two_readings_of_one_moment_give_no_rate() -> None:
    assert rate(PORT, PORT, seconds=0).gap is Gap.TOO_SOON
