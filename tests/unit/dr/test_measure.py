"""The ledger's arithmetic. The negative controls show that the measuring tool can see a loss and a split brain."""

from __future__ import annotations

import pytest

from dr.ledger import SEGMENT, Look, Outcome, Write
from dr.measure import losses, outage, pace, writable_sides_max


def wrote(number: int, at: float, outcome: Outcome = Outcome.OK, segment: int = 1) -> Write:
    return Write("portal", segment * SEGMENT + number, at - 0.01, at, outcome)


def steady(first: int, last: int, start: float, step: float = 0.1) -> list[Write]:
    return [wrote(number, start + (number - first) * step) for number in range(first, last + 1)]


def looks(member: str, *answers: tuple[float, str]) -> list[Look]:
    return [Look(member, at, at + 0.01, role) for at, role in answers]


def test_outage_reaches_from_the_last_good_write_to_the_first_good_one_after_it() -> None:
    writes = [*steady(1, 10, 0.0), wrote(11, 1.5, Outcome.INDETERMINATE), wrote(12, 2.0, Outcome.FAIL), *steady(13, 20, 5.0)]
    found = outage(writes, since=0.8)
    assert found is not None
    assert found.seconds == pytest.approx(4.1)


def test_an_outage_that_ended_before_the_request_is_not_the_drills() -> None:
    writes = [*steady(1, 3, 0.0), *steady(4, 20, 3.0), *steady(21, 30, 6.0)]
    found = outage(writes, since=4.0)
    assert found is not None
    assert found.seconds == pytest.approx(6.0 - 4.6)


def test_no_good_write_after_the_request_is_no_outage_figure_at_all() -> None:
    assert outage(steady(1, 10, 0.0), since=0.95) is None


def test_time_in_which_the_probe_was_down_counts_as_outage() -> None:
    writes = [*steady(1, 5, 0.0), *[wrote(number, 60 + number, segment=2) for number in (1, 2, 3)]]
    found = outage(writes, since=0.2)
    assert found is not None
    assert found.seconds == pytest.approx(60.6)


def test_nothing_is_lost_when_every_acknowledged_row_is_there() -> None:
    writes = [*steady(1, 5, 0.0), wrote(6, 1.0, Outcome.INDETERMINATE)]
    found = losses(writes, [write.number for write in writes])
    assert (found.lost, found.unexpected, found.rpo_seconds) == ((), (), 0.0)
    assert (found.indeterminate, found.indeterminate_present) == (1, 1)


def test_negative_control_lost_rows_are_found_and_aged() -> None:
    writes = steady(1, 20, 10.0)
    found = losses(writes, [write.number for write in writes[:15]])
    assert len(found.lost) == 5
    assert found.rpo_seconds == pytest.approx(0.5)


def test_an_indeterminate_row_may_be_missing() -> None:
    found = losses([*steady(1, 3, 0.0), wrote(4, 1.0, Outcome.INDETERMINATE)], [SEGMENT + 1, SEGMENT + 2, SEGMENT + 3])
    assert found.lost == ()


def test_a_row_that_was_never_attempted_is_unexpected_but_the_one_in_flight_is_not() -> None:
    found = losses(steady(1, 3, 0.0), [SEGMENT + number for number in (1, 2, 3, 4, 7)])
    assert found.unexpected == (SEGMENT + 7,)


def test_a_failed_write_that_is_there_after_all_is_unexpected() -> None:
    found = losses([*steady(1, 3, 0.0), wrote(4, 1.0, Outcome.FAIL), wrote(5, 1.1)], [SEGMENT + number for number in range(1, 6)])
    assert found.unexpected == (SEGMENT + 4,)


def test_one_side_after_the_other_is_one_side() -> None:
    seen = [
        *looks("dc1", (0, "primary"), (1, "primary"), (2, "unreachable"), (5, "standby")),
        *looks("dc2", (0, "standby"), (1, "standby"), (3, "primary"), (4, "primary")),
    ]
    assert writable_sides_max(seen) == 1


def test_negative_control_a_split_brain_is_seen() -> None:
    seen = [*looks("dc1", (0, "primary"), (1, "primary"), (4, "primary")), *looks("dc2", (2, "standby"), (3, "primary"), (5, "primary"))]
    assert writable_sides_max(seen) == 2


def test_a_member_that_was_primary_twice_is_not_two_sides() -> None:
    seen = [
        *looks("dc1", (0, "primary"), (1, "unreachable"), (6, "primary")),
        *looks("dc2", (2, "primary"), (3, "primary"), (4, "standby")),
    ]
    assert writable_sides_max(seen) == 1


def test_pace_is_of_the_time_before() -> None:
    found = pace([*steady(1, 10, 0.0), *steady(11, 12, 100.0)], until=50.0)
    assert found.writes == 10
    assert found.median_seconds == pytest.approx(0.01)
