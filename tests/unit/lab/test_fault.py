"""Faults are a set: what a link or node is like follows from all of them, and healing one mends nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from city.model import City
from lab import faults, namespace
from lab.box import Box
from lab.errors import LabFailed
from lab.fault import Fault, dark_nodes, is_cut, off_nodes, rate_of
from lab.faults import breakable, make_fault
from ops.errors import UsageProblem
from ops.progress import Silent

LINK = Fault(kind="link", name="core1-core2")
SLOW = Fault(kind="link", name="core1-core2", rate_mbit=50)
CORE = Fault(kind="router", name="core1")
DARK = Fault(kind="centre", name="dc1")
HOST = Fault(kind="host", name="room-archives")
PRIVATE = Fault(kind="host", name="finance-budget")


def test_a_cut_link_stays_cut_when_the_router_at_its_end_comes_back(tiny: City) -> None:
    link = tiny.link_by_name["core1-core2"]
    assert is_cut(link, [LINK, CORE])
    assert is_cut(link, [LINK])
    assert is_cut(link, [CORE])
    assert not is_cut(link, [])
    assert not is_cut(tiny.link_by_name["pe1-core2"], [LINK, CORE])


def test_the_slowest_degradation_counts_and_never_speeds_a_link_up(tiny: City) -> None:
    link = tiny.link_by_name["haifeng-agg1-t01"]
    slower = [Fault(kind="link", name=link.name, rate_mbit=rate) for rate in (40, 7.5, 500)]
    assert rate_of(link, slower) == 7.5
    assert rate_of(link, slower[2:]) == link.rate_mbit == 100
    assert not is_cut(link, slower)


def test_a_dark_centre_keeps_its_power_and_a_host_or_router_loses_it() -> None:
    faults = [CORE, DARK, HOST, LINK]
    assert off_nodes(faults) == {"core1", "room-archives"}
    assert dark_nodes(faults) == {"core1", "room-archives", "dc1"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (LINK, "link core1-core2 cut"),
        (SLOW, "link core1-core2 degraded to 50 Mbit/s"),
        (CORE, "router core1 stopped"),
        (DARK, "centre dc1 dark"),
        (HOST, "host room-archives powered off"),
    ],
    ids=str,
)
def test_a_fault_says_itself(fault: Fault, words: str) -> None:
    assert str(fault) == words


@pytest.mark.parametrize(
    ("kind", "name", "rate", "told"),
    [
        ("link", "core1-core3", None, "there is no link named 'core1-core3'"),
        ("router", "dc1", None, "there is no router named 'dc1'"),
        ("host", "dc1", None, "dc1 is a centre, not a host"),
        ("centre", "room-archives", None, "there is no centre named 'room-archives'"),
        ("link", "core1-core2", 10000, "10000 Mbit/s would not degrade core1-core2"),
        ("link", "core1-core2", 0, "only a link has a --rate, in Mbit/s and above zero"),
        ("router", "core1", 5, "only a link has a --rate, in Mbit/s and above zero"),
    ],
)
def test_what_can_not_be_broken_is_told(box: Box, kind: str, name: str, rate: float | None, told: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        make_fault(box, kind, name, rate)  # type: ignore[arg-type]
    assert refused.value.what == told
    assert refused.value.hint


def test_a_systems_name_stands_for_its_host(box: Box) -> None:
    assert make_fault(box, "host", "archive") == HOST


def test_nothing_is_started_on_a_node_without_power(faulty: Callable[..., Box]) -> None:
    box = faulty(HOST)
    assert box.is_off("room-archives")
    with pytest.raises(Exception, match="room-archives is powered off"):
        box.spawn("room-archives", "anything", ["/bin/true"])


@pytest.mark.parametrize(("parts", "is_offered"), [({}, False), ({"private": "begun"}, False), ({"private": "up"}, True)])
def test_private_networks_are_broken_only_where_they_are_built(box: Box, parts: dict[str, str], is_offered: bool) -> None:
    box.record.change(parts=parts)
    found = breakable(box)
    assert [PRIVATE.name in found["host"], "finance-gw" in found["router"], "finance-a" in found["link"]] == [is_offered] * 3
    if not is_offered:
        with pytest.raises(UsageProblem, match="there is no host named 'finance-budget'"):
            make_fault(box, PRIVATE.kind, PRIVATE.name)


@pytest.mark.parametrize("parts", [{}, {"wires": "begun"}, {"wires": "up"}], ids=["nothing", "killed", "no namespaces"])
def test_a_lab_that_is_half_made_is_left_alone(faulty: Callable[..., Box], parts: dict[str, str]) -> None:
    box = faulty(CORE)
    box.record.change(parts=parts)
    for touch in (lambda: faults.break_it(box, LINK), lambda: faults.heal(box, (), Silent())):
        with pytest.raises(LabFailed, match="the lab 'unit' is half made") as refused:
            touch()
        assert refused.value.hint == "citynode lab up --city tiny --name unit"
        assert box.record.facts.faults == (CORE,)


def test_a_fault_of_a_node_that_is_not_there_is_healed(faulty: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    box = faulty(PRIVATE)
    box.record.change(parts={"wires": "up"})
    monkeypatch.setattr(namespace, "exists", lambda name: "finance" not in name)
    monkeypatch.setattr(faults, "enforce", lambda _box: None)
    monkeypatch.setattr(faults, "run_parts", lambda *_words: {})
    assert faults.heal(box, (), Silent()) == (PRIVATE,)
    assert box.record.facts.faults == ()
