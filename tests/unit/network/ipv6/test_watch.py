"""The watch: whole lines are counted, lost packets are named, blind moments are not left out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from network.devices.probe import Address, Count, FakeProber
from network.errors import DeviceUnreachable, JournalFailed
from network.ipv6.watch import CHUNK, Losses, Watch, choose, count
from tests.waiting import wait_until

DC1, DC2 = IPv4Address("10.16.1.1"), IPv4Address("10.16.2.1")


class _Blind:
    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        raise DeviceUnreachable(f"{router} can't measure", why="Connection refused")


class _Waiting(FakeProber):
    """Everything answers it, once it may go."""

    def __init__(self) -> None:
        super().__init__(lambda _router, _target: True)
        self.go = threading.Event()

    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        self.go.wait(timeout=5)
        return super().probe(router, targets, count=count, interval_ms=interval_ms)


def test_packets_are_counted_and_losses_are_named_by_town_and_centre(tmp_path: Path) -> None:
    ledger = tmp_path / "probes.jsonl"
    watch = Watch(FakeProber(lambda _router, target: target == DC1), {"t01": {DC1: "dc1", DC2: "dc2"}}, ledger)
    with watch.running():
        pass
    losses, runs = count(ledger)
    assert runs == 1
    assert losses.sent == 2 * losses.lost > 0
    assert losses.lossy == {"t01 -> dc2": losses.lost}
    assert losses.as_data(runs)["ipv4_probe_gaps"] == 0


def test_a_town_that_cannot_be_asked_is_reported_as_blind(tmp_path: Path) -> None:
    ledger = tmp_path / "probes.jsonl"
    with Watch(_Blind(), {"t01": {DC1: "dc1"}}, ledger).running():
        pass
    losses, _runs = count(ledger)
    assert losses.sent == 0
    assert losses.blind >= 1
    assert losses.as_data(1)["ipv4_unasked"] == {"t01": "t01 can't measure: Connection refused"}


def test_what_a_full_disk_refused_is_written_down_when_there_is_room_again(tmp_path: Path) -> None:
    ledger = tmp_path / "probes.jsonl"
    prober = _Waiting()
    watch = Watch(prober, {"t01": {DC1: "dc1"}}, ledger)
    with watch.running():
        _full(ledger)
        prober.go.set()
        wait_until(lambda: watch.owes, seconds=5, what="the first chunk is refused")
        _roomy(ledger)
    losses, runs = count(ledger)
    assert (losses.blind, losses.lost, runs) == (0, 0, 1)
    assert losses.sent == CHUNK * len(prober.asked)


def test_a_watch_that_cannot_be_written_down_is_a_failure_before_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    prober = _Waiting()
    with pytest.raises(JournalFailed), Watch(prober, {"t01": {DC1: "dc1"}}, tmp_path / "nowhere" / "probes.jsonl").running():
        pytest.fail("it began")
    assert prober.asked == []
    ledger = tmp_path / "probes.jsonl"
    with ExitStack() as open_watch:
        open_watch.enter_context(Watch(prober, {"t01": {DC1: "dc1"}}, ledger).running())
        _full(ledger)
        prober.go.set()
        with pytest.raises(JournalFailed, match="can't be written down"):
            open_watch.close()


def _full(ledger: Path) -> None:
    """Nothing can be written there: for root, too, a folder is in the file's place."""
    ledger.replace(ledger.with_name("before"))
    ledger.mkdir()


def _roomy(ledger: Path) -> None:
    ledger.rmdir()
    ledger.with_name("before").replace(ledger)


def test_the_counts_of_a_killed_run_stay_and_its_torn_line_does_not(tmp_path: Path) -> None:
    ledger = tmp_path / "probes.jsonl"
    ledger.write_text(
        '{"began": 1}\n{"from": "t01", "to": {"dc1": [20, 0]}}\n{"began": 2}\n{"from": "t01", "to": {"dc1": [20, 3]}}\n{"from": "t0'
    )
    assert count(ledger) == (Losses(40, 3, 0, {"t01 -> dc1": 3}), 2)
    assert Losses(40, 3).as_data(2)["ipv4_probe_gaps"] == 1
    assert count(tmp_path / "none") == (Losses(), 0)


def test_a_few_towns_watch_spread_over_the_place_and_only_what_they_reached() -> None:
    inside = [f"t{number:02}" for number in range(1, 13)]
    pairs = [(town, "dc1") for town in inside if town != "t01"] + [("t02", "dc2")]
    chosen = choose(pairs, inside, {DC1: "dc1", DC2: "dc2"})
    assert chosen == {"t02": {DC1: "dc1", DC2: "dc2"}, "t05": {DC1: "dc1"}, "t08": {DC1: "dc1"}}
