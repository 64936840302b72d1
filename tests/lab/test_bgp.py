"""BGP between real routers and the outside: who hears of what, what is not believed, and who is told when a session is down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.rig import Rig
from tests.lab.routers import held, kept, vtysh, vtysh_says
from tests.waiting import wait_until

SPEAKERS = ("--devices", "pe1,core")
PROVINCE, TO_PE1 = "router bgp 64600", "neighbor 172.16.1.25"
TOWN, ELSEWHERE = "10.34.1.0/24", "198.51.100.0/24"


def test_the_outside_hears_of_the_pools_alone_and_is_not_believed_about_them(lab: Rig) -> None:
    with kept(lab) as before:
        done = lab.ok("net", "push", *SPEAKERS, "--yes")
        assert (done["changed"], done["failed"]) == (3, [])
        seen = lab.ok("net", "verify", *SPEAKERS, "--wait", "60")
        assert (seen["sessions"]["ipv4"], seen["lost"]) == ({"wanted": 9, "up": 9}, [])
        assert routes(lab, "province", from_system="64512") == {str(pool) for pool in lab.city.address_plan.ipv4}
        with announcing(lab, TOWN, ELSEWHERE):
            wait_until(lambda: ELSEWHERE in routes(lab, "core1", from_system="64600"), seconds=20)
            assert TOWN not in routes(lab, "pe1") | routes(lab, "core1")
        assert lab.ok("net", "push", *SPEAKERS, "--yes")["changed"] == 0
        vtysh(lab, "province", PROVINCE, f"{TO_PE1} shutdown")
        try:
            failed = lab.run("net", "verify", *SPEAKERS, "-o", "json")
        finally:
            vtysh(lab, "province", PROVINCE, f"no {TO_PE1} shutdown")
        assert failed.code == 1
        assert [(one["device"], one["neighbour"], one["family"]) for one in failed.data["lost"]] == [("pe1", "province", "ipv4")]
        assert "error: 1 BGP sessions are not up: pe1 - province 172.16.1.26 (" in failed.err
        assert lab.ok("net", "rollback", "--change", done["change"], "--devices", "pe1", "--yes")["changed"] == 1
        assert held(lab)["pe1"] == before["pe1"]
        wait_until(lambda: not routes(lab, "province", from_system="64512"), seconds=10)


def routes(lab: Rig, node: str, *, from_system: str = "") -> set[str]:
    """What the node knows by BGP over IPv4; only what that system said, if one is named."""
    said = json.loads(vtysh_says(lab, node, "show bgp ipv4 unicast json") or "{}").get("routes", {})
    return {prefix for prefix, paths in said.items() if any(from_system in path["path"].split() or not from_system for path in paths)}


@contextmanager
def announcing(lab: Rig, *prefixes: str) -> Iterator[None]:
    """The province says that these are behind it."""
    family = "address-family ipv4 unicast"
    vtysh(lab, "province", *(f"ip route {net} blackhole" for net in prefixes))
    vtysh(lab, "province", PROVINCE, family, *(f"network {net}" for net in prefixes))
    try:
        yield
    finally:
        vtysh(lab, "province", PROVINCE, family, *(f"no network {net}" for net in prefixes))
        vtysh(lab, "province", *(f"no ip route {net} blackhole" for net in prefixes))
