"""The watch: whole lines are counted, lost packets are named, blind moments are not left out."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path

from network.devices.probe import Address, Count, FakeProber
from network.errors import DeviceUnreachable
from network.ipv6.watch import Losses, Watch, choose, count

DC1, DC2 = IPv4Address("10.16.1.1"), IPv4Address("10.16.2.1")


class _Blind:
    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        raise DeviceUnreachable(f"{router} can't measure")


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
