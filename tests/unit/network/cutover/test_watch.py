"""What ledgers say: losses and outages of every path; and what the program that asks writes down."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from network.cutover.plan import Cutover
from network.cutover.watch import Entry, Seen, count, parse, targets, told, worst
from network.devices.shells import REMOTE
from tests.unit.network.cutover.listeners import listening


def ledger(label: str, answers: str, *, gap: float = 0.1) -> list[Entry]:
    """A question each `gap` seconds: `+` answered, `-` not, `c` no more than a connection."""
    return [Entry(round(100 + gap * number, 3), label, answer in "+c", answer == "+") for number, answer in enumerate(answers)]


def test_outage_is_from_the_last_answer_to_the_next() -> None:
    assert count(ledger("old", "+++---++-+")) == (Seen("old", 10, 4, 0.4, answered=True),)


def test_path_that_was_not_there_yet_lost_nothing() -> None:
    assert count(ledger("new", "----++++")) == (Seen("new", 4, 0, 0.0, answered=True),)


def test_path_that_never_came_or_went_for_good_is_seen() -> None:
    never, gone = count([*ledger("never", "----"), *ledger("old", "++--")])
    assert (never.answered, gone.lost, gone.outage_seconds) == (False, 2, 0.2)


def test_service_that_never_says_a_word_answers_by_the_connection() -> None:
    assert count(ledger("old", "cc-ccc")) == (Seen("old", 6, 1, 0.2, answered=True),)


def test_service_that_once_spoke_and_hangs_now_is_lost() -> None:
    """The kernel goes on taking connections for a program that is stuck."""
    assert count(ledger("old", "+++cc-+")) == (Seen("old", 7, 3, 0.4, answered=True),)


@pytest.mark.parametrize(
    ("kind", "said"), [("named", True), ("page", True), ("ssh", True), ("database", False), ("silent", False), ("nobody", None)]
)
def test_program_writes_down_connections_and_words(kind: str, said: bool | None, tmp_path: Path) -> None:
    def watched(port: int) -> tuple[Entry, ...]:
        words = [str(tmp_path), "0.3", "0.1", json.dumps([["old", "127.0.0.1", port]])]
        subprocess.run([sys.executable, REMOTE / "watch.py", *words], check=True, timeout=20)
        return parse((tmp_path / "ledger.jsonl").read_text(encoding="utf-8"))

    if said is None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        found = watched(port)
    else:
        with listening(kind) as port:
            found = watched(port)
    assert {(entry.ok, entry.said) for entry in found} == {(said is not None, bool(said))}


def test_report_sums_up_and_keeps_the_longest_outage() -> None:
    seen = count([*ledger("a", "+-+"), *ledger("b", "+--+")])
    total = worst(seen)
    assert (total["probes_sent"], total["probes_lost"], total["outage_seconds"]) == (7, 3, 0.3)
    assert told(seen) == "3 of 7 questions without an answer, longest outage 0.3 s"


def test_line_that_is_being_written_is_left_out() -> None:
    whole = json.dumps({"at": 1.0, "label": "a", "ok": True, "said": False})
    assert parse(f"{whole}\n{whole[:20]}") == (Entry(1.0, "a", ok=True, said=False),)


def test_line_that_lacks_a_value_is_left_out() -> None:
    whole = {"at": 1.0, "label": "a", "ok": True, "said": False}
    lacking = [{name: value for name, value in whole.items() if name != lost} for lost in whole]
    text = "\n".join(json.dumps(row) for row in (*lacking, {**whole, "at": None}, whole))
    assert parse(text) == (Entry(1.0, "a", ok=True, said=False),)


def test_inside_asks_old_addresses_and_enclaves_new_ones(finance: Cutover) -> None:
    assert targets(finance, "finance-budget") == [("old finance-budget -> 10.16.1.20", "10.16.1.20", 8080)]
    assert [address for _label, address, _port in targets(finance, "dc1-isolated")] == [
        "10.48.1.10",
        "2001:db8:7e05:100::a",
        "10.48.2.20",
        "2001:db8:7e05:101::14",
    ]
