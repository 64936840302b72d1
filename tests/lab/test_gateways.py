"""A gateway that two routers share, seen by a host at their network: who answers, what it loses when that one dies, and the way back.

In IPv6: `test_ipv6.py`, where that is rolled out.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from lab.wires.lan import segments
from network.gateways import Role, roles
from network.intent.bgp import Family
from tests.lab.rig import Rig
from tests.lab.routers import held, kept, vtysh_says
from tests.waiting import wait_until

AGG1, AGG2 = "haifeng-agg1", "haifeng-agg2"
PAIR = ("--devices", f"{AGG1},{AGG2}")
CENTRE = "10.16.1.1"
FOUR, SIX = ("lan0", 1, Family.IPV4), ("lan0", 1, Family.IPV6)
_ANSWER = re.compile(r"^\[(\d+\.\d+)\] \S+ : \[(\d+)\], \d+ bytes", re.MULTILINE)


@dataclass(frozen=True)
class Loss:
    """What a host that asks ten times a second missed, and the longest it waited for an answer."""

    answers: int
    lost: int
    seconds: float


class Host:
    """The host at the network of the two routers."""

    def __init__(self, lab: Rig) -> None:
        (segment,) = segments(lab.city)
        self._box, self._name = lab.box(), segment.name

    def run(self, *argv: str) -> str:
        return self._box.run(self._name, argv, allowed=(0, 1)).stdout

    def reaches(self, address: str) -> bool:
        return " bytes, " in self.run("fping", "-c", "1", "-t", "500", address)

    def mac_of(self, address: str) -> str:
        """The MAC address that it knows the neighbour by."""
        words = self.run("ip", "neighbour", "show", address).split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else ""

    @contextmanager
    def asking(self, address: str, file: Path) -> Iterator[None]:
        """Ask for the address all the time."""
        argv = ["nsenter", f"--net=/run/netns/{self._box.netns(self._name)}", "fping", "-l", "-p", "100", "-D", address]
        with file.open("w") as out, subprocess.Popen(argv, stdout=out, stderr=subprocess.DEVNULL) as asks:
            try:
                yield
            finally:
                asks.terminate()


def loss(file: Path) -> Loss:
    found = [(float(at), int(number)) for at, number in _ANSWER.findall(file.read_text())]
    gaps = [later[0] - before[0] for before, later in pairwise(found)]
    return Loss(len(found), found[-1][1] - found[0][1] + 1 - len(found), max(gaps))


def answers(lab: Rig, name: str) -> frozenset[Role]:
    return roles(vtysh_says(lab, name, "show vrrp json"))


@contextmanager
def dead(lab: Rig, name: str) -> Iterator[None]:
    lab.ok("lab", "break", "router", name)
    try:
        yield
    finally:
        lab.ok("lab", "heal", name)


@pytest.mark.timeout(600)
def test_hosts_keep_their_way_out_when_the_router_that_answers_dies(lab: Rig, tmp_path: Path) -> None:
    host, asked = Host(lab), tmp_path / "answers"
    with kept(lab) as before:
        assert host.reaches(CENTRE)
        with host.asking(CENTRE, asked):
            done = lab.ok("net", "push", *PAIR, "--yes")
            assert (done["changed"], done["waves"]) == (2, ["aggregation-b", "aggregation-a"])
            wait_until(lambda: FOUR in answers(lab, AGG1) and not answers(lab, AGG2), seconds=20)
        assert loss(asked).seconds < 5, loss(asked)
        assert lab.ok("net", "verify", *PAIR)["gateways"]["ipv4"] == {"wanted": 1, "answered": 1}
        assert host.reaches("10.34.0.1")
        assert host.mac_of("10.34.0.1") == "00:00:5e:00:01:01"

        with host.asking(CENTRE, asked):
            with dead(lab, AGG1):
                wait_until(lambda: FOUR in answers(lab, AGG2), seconds=20)
                wait_until(lambda: host.reaches(CENTRE), seconds=5)
            wait_until(lambda: FOUR in answers(lab, AGG1) and not answers(lab, AGG2), seconds=30)
        assert loss(asked).seconds < 8, loss(asked)
        assert lab.ok("net", "verify", *PAIR, "--wait", "20")["ok"]

        host.run("ip", "link", "set", "port2", "down")
        try:
            wait_until(lambda: FOUR in answers(lab, AGG2), seconds=20)
            failed = lab.run("net", "verify", *PAIR, "-o", "json")
        finally:
            host.run("ip", "link", "set", "port2", "up")
        assert failed.code == 1
        assert [one["masters"] for one in failed.data["disputed"]] == [[AGG1, AGG2]]
        assert f"exactly one router: {AGG1}/{AGG2} 10.34.0.1 ({AGG1} {AGG2})\n" in failed.err
        wait_until(lambda: not answers(lab, AGG2), seconds=20)

        assert lab.ok("net", "rollback", "--change", done["change"], "--yes")["changed"] == 2
        assert held(lab) == before
        assert host.reaches(CENTRE)
