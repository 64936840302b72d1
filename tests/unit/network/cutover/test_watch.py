"""What ledgers say: losses and outages of every path."""

from __future__ import annotations

import json

from network.cutover.plan import Cutover
from network.cutover.watch import Entry, Seen, count, parse, targets, told, worst


def ledger(label: str, answers: str, *, gap: float = 0.1) -> list[Entry]:
    """A question each `gap` seconds: `+` answered, `-` not."""
    return [Entry(round(100 + gap * number, 3), label, answer == "+") for number, answer in enumerate(answers)]


def test_outage_is_from_the_last_answer_to_the_next() -> None:
    assert count(ledger("old", "+++---++-+")) == (Seen("old", 10, 4, 0.4, answered=True),)


def test_path_that_was_not_there_yet_lost_nothing() -> None:
    assert count(ledger("new", "----++++")) == (Seen("new", 4, 0, 0.0, answered=True),)


def test_path_that_never_came_or_went_for_good_is_seen() -> None:
    never, gone = count([*ledger("never", "----"), *ledger("old", "++--")])
    assert (never.answered, gone.lost, gone.outage_seconds) == (False, 2, 0.2)


def test_report_sums_up_and_keeps_the_longest_outage() -> None:
    seen = count([*ledger("a", "+-+"), *ledger("b", "+--+")])
    total = worst(seen)
    assert (total["probes_sent"], total["probes_lost"], total["outage_seconds"]) == (7, 3, 0.3)
    assert told(seen) == "3 of 7 questions without an answer, longest outage 0.3 s"


def test_line_that_is_being_written_is_left_out() -> None:
    whole = json.dumps({"at": 1.0, "label": "a", "ok": True})
    assert parse(f"{whole}\n{whole[:20]}") == (Entry(1.0, "a", ok=True),)


def test_inside_asks_old_addresses_and_enclaves_new_ones(finance: Cutover) -> None:
    assert targets(finance, "finance-budget") == [("old finance-budget -> 10.16.1.20", "10.16.1.20", 8080)]
    assert [address for _label, address, _port in targets(finance, "dc1-isolated")] == [
        "10.48.1.10",
        "2001:db8:7e05:100::a",
        "10.48.2.20",
        "2001:db8:7e05:101::14",
    ]
