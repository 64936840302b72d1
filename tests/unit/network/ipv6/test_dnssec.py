"""Signed as policy says: proven with the zone's own keys, and what isn't is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from city.load import load_city
from network.dns.dnssec import signature, signed_zones
from network.dns.server import MemoryNames, Sealed
from tests.unit.network.ipv6.seals import sealed

ZONE = "tiny.gov.example"


def test_a_signed_zone_is_found_sound_with_its_key() -> None:
    found = signature(MemoryNames({ZONE}, seals=sealed(ZONE)), ZONE)
    assert (found.is_ok, found.problem) == (True, "")
    assert found.key_tag is not None


@pytest.mark.parametrize(
    ("seals", "problem"),
    [
        ({}, "not signed"),
        (sealed(ZONE, forged=True), "no RRSIGs validated"),
        (sealed(ZONE, until=datetime.now(UTC) - timedelta(days=1)), "no RRSIGs validated"),
        ({**sealed(ZONE), (ZONE, "SOA"): sealed(ZONE)[ZONE, "SOA"]}, "no RRSIGs validated"),
    ],
    ids=["unsigned", "forged", "expired", "another-key"],
)
def test_what_does_not_hold_is_told(seals: dict[tuple[str, str], Sealed], problem: str) -> None:
    found = signature(MemoryNames({ZONE}, seals=seals), ZONE)
    assert (found.is_ok, found.problem) == (False, problem)


def test_only_zones_that_policy_and_server_name_are_asked_for() -> None:
    city = load_city("tiny")
    zones = {ZONE, "10.in-addr.arpa", "16.172.in-addr.arpa"}
    assert set(signed_zones(city, MemoryNames(zones))) == zones
    unsigned = city.model_copy(update={"address_plan": city.address_plan.model_copy(update={"dnssec": False})})
    assert signed_zones(unsigned, MemoryNames(zones)) == ()
