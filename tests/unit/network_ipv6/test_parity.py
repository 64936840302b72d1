"""Twins: an address, its area, its cost; each that a router doesn't show is named."""

from __future__ import annotations

import pytest

from city.load import load_city
from network.dialect import dialect
from network.intent import intents
from network.ipv6.parity import Missing, parity
from network.rollout import Rollout
from network.tree import Tree, parse, text_of

NAME = "haifeng-t01"
CITY = load_city("tiny")
WANTED = intents(CITY, Rollout(frozenset({NAME})), [NAME])


def _running(without: str = "\0") -> Tree:
    intent = WANTED[NAME]
    text = text_of(dialect(intent.dialect).render(intent))
    return parse("\n".join(line for line in text.splitlines() if without not in line))


def test_a_router_as_intended_has_every_twin() -> None:
    found = parity(WANTED, {NAME: _running()})
    assert (found.expected, found.missing, found.share) == (4, (), 1.0)


@pytest.mark.parametrize(
    ("without", "gaps", "share"),
    [
        ("ipv6 address 2001:db8:7e21:7::1/127", [Missing(NAME, "ge1", "ipv6 address 2001:db8:7e21:7::1/127")], 0.75),
        ("ipv6 ospf6 passive", [Missing(NAME, "lo", "ipv6 ospf6 passive"), Missing(NAME, "lan0", "ipv6 ospf6 passive")], 0.5),
    ],
)
def test_what_is_missing_is_named_and_counted_by_interface(without: str, gaps: list[Missing], share: float) -> None:
    found = parity(WANTED, {NAME: _running(without)})
    assert (list(found.missing), found.share) == (gaps, share)


def test_a_router_that_could_not_be_read_has_no_twin() -> None:
    found = parity(WANTED, {NAME: None})
    assert {gap.lacks for gap in found.missing} == {"not read"}
    assert found.share == 0


def test_without_a_rollout_nothing_is_expected() -> None:
    found = parity(intents(CITY, Rollout()), {})
    assert (found.expected, found.share) == (0, 1.0)
