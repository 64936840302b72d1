"""Whom a poll asks, and with which login."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

import pytest

from city.base import Dialect
from city.model import City
from monitoring.targets import targets
from ops.access import Access, SnmpV3, Ssh

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
