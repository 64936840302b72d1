"""What a move measures, from made-up ledgers and counters: each figure with a case that would be wrong otherwise."""

from __future__ import annotations

import json

import pytest

from migrate.road import Sample, flow
from migrate.verify import differences
from migrate.watch import Entry, counts, longest_silence, lost, parse_ledger


def entries(*rows: tuple[float, str]) -> tuple[Entry, ...]:
    return tuple(Entry(number, at, outcome, "10.0.0.1", f"run:{number}") for number, (at, outcome) in enumerate(rows, start=1))


def test_the_outage_is_the_longest_silence_since_the_cutover_began():
    ledger = entries((0, "ok"), (5, "ok"), (5.1, "ok"), (5.2, "fail"), (7.0, "fail"), (8.0, "ok"), (8.1, "ok"))
    seen = longest_silence(ledger, first=3, last=7)
    assert (seen.outage_seconds, seen.since, seen.until) == (2.9, 5.1, 8.0)  # not the 5 s of silence before the cutover


def test_an_outage_that_has_not_ended_has_no_length():
    assert longest_silence(entries((0, "ok"), (1, "fail")), first=1, last=2).outage_seconds is None


def test_only_what_was_acknowledged_can_be_lost():
    ledger = entries((0, "ok"), (1, "info"), (2, "fail"), (3, "ok"))
    assert lost(ledger, frozenset({"run:1", "run:2"})) == ("run:4",)
    assert counts(ledger) == {"ok": 2, "fail": 1, "info": 1}


def test_a_line_that_a_crash_cut_off_is_no_write():
    whole = json.dumps({"n": 1, "at": 1.5, "outcome": "ok", "to": "10.0.0.1", "said": "7"})
    assert [entry.token for entry in parse_ledger(f'{whole}\n{{"n": 2, "at"', "chg")] == ["chg:1"]


@pytest.mark.parametrize(
    ("sent", "total", "mbit"),
    [
        ((0, 1_000_000, 2_000_000), 2_000_000, 8.0),
        ((500_000, 1_500_000, 300_000), 1_300_000, 5.2),  # the mover began anew and counts from zero again
        ((7,), 0, 0.0),
    ],
)
def test_what_went_over_the_link_is_counted_across_a_restart(sent: tuple[int, ...], total: int, mbit: float):
    seen = flow([Sample(float(second), count) for second, count in enumerate(sent)])
    assert (seen.bytes, seen.mbit) == (total, mbit)


def test_a_burst_shows_in_the_rate_that_is_held_against_the_share():
    counted = [Sample(float(second), 1_000_000 * second) for second in range(20)] + [Sample(20.0, 29_000_000)]
    assert flow(counted).mbit_p95 == 80.0


def test_differences_name_what_stands_on_one_side_only():
    assert differences("role", [{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "c"}]) == [
        "role: {'name': 'a'}",
        "role: {'name': 'c'}",
    ]
