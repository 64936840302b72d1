"""Our patches typed into the configuration store of the lab's vendor servers, whose grammar was written without looking at ours."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from city.model import Dialect
from lab.vendors.store import View, printed
from network.dialect import dialect
from network.dialect.secrets import filled
from network.dialect.vendor.speaker import SPEAKERS
from network.intent.router import intents
from network.rollout import Rollout
from tests.unit.network.test_vendor_patch import speaking

ROUTERS = ("pe1", "core1", "haifeng-agg1", "haifeng-t01")
"""One of each role."""


def type_into(top: View, lines: Iterable[str]) -> None:
    """Type a patch: `quit` leaves a view, what the store refuses fails the test."""
    views = [top]
    for raw in lines:
        line = raw.strip()
        inner = None if line == "quit" or line.startswith("undo ") else views[-1].enter(line)
        if line == "quit":
            views.pop()
        elif inner is not None:
            views.append(inner)
        else:
            views[-1].take(line)
    assert views == [top]


@pytest.mark.parametrize("spoken", sorted(SPEAKERS))
def test_a_vendors_store_ends_as_intended(spoken: Dialect) -> None:
    """Up from nothing, into both families and back to one: what it prints then lacks nothing and has nothing too much."""
    rules, city = dialect(spoken), speaking(spoken)
    single, dual = intents(city, Rollout()), intents(city, Rollout(frozenset(city.router_by_name)))
    lead = " " if SPEAKERS[spoken].indents_single_lines else ""
    for name in ROUTERS:
        top = View()
        for intent in (single[name], dual[name], single[name]):
            wanted = rules.render(intent)
            patch = rules.patch(rules.parse("\n".join(printed(top, lead=lead))), wanted)
            type_into(top, filled(patch.commands, lambda secret: f"%^%#{secret}%^%#"))
            assert rules.patch(rules.parse("\n".join(printed(top, lead=lead))), wanted).changes == (), name
