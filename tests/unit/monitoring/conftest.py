"""Agents in memory: two routers with two ports each, and the targets that ask them."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from monitoring.ifmib import BOOTS, UPTIME, Value
from monitoring.memory_agent import MemoryAsker, MemoryDevice
from monitoring.model import Target

USER, AUTH, PRIVACY = "citynode", "auth-pass-phrase", "privacy-pass-phrase"


def port(name: str, octets: int = 0, *, status: int = 1) -> dict[str, Value]:
    """A port as IF-MIB tells it."""
    return {
        "name": name, "in_octets": octets, "out_octets": 2 * octets, "in_packets": 1, "out_packets": 2, "speed_mbit": 100, "status": status,
        "discontinuity": 0, "in_errors": 0, "out_errors": 0, "in_discards": 0, "out_discards": 0,
    }  # fmt: skip


def device(*ports: dict[str, Value], ticks: int = 100_000) -> MemoryDevice:
    return MemoryDevice(USER, AUTH, PRIVACY, {UPTIME: ticks, BOOTS: 1}, list(ports))


def target(name: str, *, user: str = USER, auth: str = AUTH, privacy: str = PRIVACY) -> Target:
    return Target(name, IPv4Address("127.0.0.1"), 161, user, auth, privacy)


@pytest.fixture
def memory() -> MemoryAsker:
    """t1 with a port up and one down; t2 with one port and its loopback."""
    return MemoryAsker({"t1": device(port("eth0", 1000), port("eth1", 5000, status=2)), "t2": device(port("lo", 7), port("eth0", 2000))})
