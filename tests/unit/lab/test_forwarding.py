"""What zebra believes and what the kernel has, read from what both printed on a router of the lab."""

from __future__ import annotations

from pathlib import Path

import yaml

from lab.frr.forwarding import from_ospf, in_kernel, over

CASE = Path(__file__).parent / "forwarding"


def test_routes_that_the_kernel_lost_are_found_in_both_families() -> None:
    table, ipv4, ipv6 = ((CASE / name).read_text() for name in ("zebra.txt", "route", "ipv6_route"))
    assert {"over": sorted(over(table)), "lost": sorted(from_ospf(table) - in_kernel(ipv4, ipv6))} == yaml.safe_load(
        (CASE / "expected.yaml").read_text()
    )


def test_a_router_that_does_not_answer_routes_over_nothing() -> None:
    assert (over(""), from_ospf("")) == (frozenset(), frozenset())
