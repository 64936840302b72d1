"""Whom a poll asks, with which login, and which link hangs on what it answers, whoever made the router."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

import pytest

from city.base import Dialect
from city.model import City
from monitoring.expose import metrics
from monitoring.memory_agent import MemoryAsker, MemoryDevice
from monitoring.poll import poll_round
from monitoring.query import link_uses
from monitoring.targets import lines, targets
from network.dialect.vendor.names import vendor_name
from network.dialect.vendor.speaker import SPEAKERS
from ops.access import Access, SnmpV3, Ssh

from .conftest import port

MIXED = {"core1": Dialect.VRP8, "core2": Dialect.COMWARE7}


@pytest.fixture
def mixed(tiny: City) -> City:
    """Two vendors' routers among FRR's."""
    routers = tuple(router.model_copy(update={"dialect": MIXED.get(router.name, Dialect.FRR)}) for router in tiny.routers)
    return tiny.model_copy(update={"routers": routers})


def access(authentication: Literal["SHA-1", "SHA-256"] | None) -> Access:
    ssh = Ssh(user="none", key=Path("/dev/null"), known_hosts=Path("/dev/null"))
    snmp = SnmpV3(user="mon", auth="env:WORD", privacy="env:WORD", authentication=authentication)
    return Access(city="tiny", lab="b", management=IPv4Network("10.192.0.0/16"), ssh=ssh, probe=ssh, snmp=snmp)


@pytest.mark.parametrize(
    ("named", "hashes"),
    [
        (None, {"core1": "SHA-256", "core2": "SHA-1", "haifeng-t01": "SHA-1"}),
        ("SHA-256", {"core1": "SHA-256", "core2": "SHA-256", "haifeng-t01": "SHA-256"}),
        ("SHA-1", {"core1": "SHA-1", "core2": "SHA-1", "haifeng-t01": "SHA-1"}),
    ],
)
def test_every_router_is_asked_with_the_hash_of_its_account(
    mixed: City, monkeypatch: pytest.MonkeyPatch, named: Literal["SHA-1", "SHA-256"] | None, hashes: dict[str, str]
) -> None:
    """A push makes it by the dialect; an account of another's making is named in the access file."""
    monkeypatch.setenv("WORD", "a-pass-phrase")
    assert {target.device: target.authentication for target in targets(mixed, access(named), hashes)} == hashes


def agent(city: City, router: str) -> MemoryDevice:
    """The router's agent: every port that a link hangs on, its loopback, and a port that the city doesn't know."""
    speaker = SPEAKERS.get(city.router_by_name[router].dialect)
    names = [interface for node, interface in lines(city) if node == router] + ["lo"]
    own = [vendor_name(name, speaker.words) if speaker else name for name in names]
    return MemoryDevice("mon", "a-pass-phrase", "a-pass-phrase", interfaces=[port(name) for name in (*own, "M-GigabitEthernet0/0/0")])


def test_a_vendors_interfaces_are_the_citys(mixed: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Huawei's `GigabitEthernet0/1/1` and H3C's `GigabitEthernet1/0/1` are `ge1`; what the city has no name for keeps its own."""
    monkeypatch.setenv("WORD", "a-pass-phrase")
    asker = MemoryAsker({router: agent(mixed, router) for router in mixed.router_by_name})
    assert {asker.devices[router].interfaces[0]["name"] for router in MIXED} == {"GigabitEthernet0/1/1", "GigabitEthernet1/0/1"}
    found = asyncio.run(poll_round(targets(mixed, access(None)), asker, patience=0.1))
    ends = {end for end in lines(mixed) if end[0] in mixed.router_by_name}
    seen = {(device, item.name) for device, reading in found.readings.items() for item in reading.interfaces}
    assert seen == ends | {(router, "M-GigabitEthernet0/0/0") for router in mixed.router_by_name}
    (rates,) = (family for family in metrics(found, lines(mixed)) if family.name == "citynode_link_rate_mbit")
    told = {(sample.labels["device"], sample.labels["interface"]): sample.labels["link"] for sample in rates.samples}
    assert told == {end: lines(mixed)[end].link for end in ends}
    assert {use.link for use in link_uses(mixed, {}, dict.fromkeys(told, 1.0))} == {link.name for link in mixed.links}
