"""What each kind of router shall hold. `make goldens` writes the expected files anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.model import Dialect
from network.compare import patch_for, targets
from network.dialect import dialect
from network.rollout import Rollout
from tests.goldens import agrees
from tests.unit.network.bench import tiny

CASES = Path(__file__).parents[2] / "cases" / "network" / "render"
ROUTERS = ["pe1", "core1", "haifeng-agg1", "haifeng-agg2", "haifeng-t01"]


@pytest.mark.parametrize("dual", [False, True], ids=["ipv4", "dual"])
@pytest.mark.parametrize("name", ROUTERS)
def test_a_router_of_each_role(name: str, dual: bool) -> None:
    city = tiny()
    rollout = Rollout(frozenset(city.router_by_name) if dual else frozenset())
    text = dialect(Dialect.FRR).printed(targets(city, rollout, [name])[name])
    path = CASES / f"{name}.{'dual' if dual else 'ipv4'}.conf"
    agrees(path, text)


def test_a_router_that_holds_it_lacks_nothing() -> None:
    city = tiny()
    rollout = Rollout(frozenset(city.router_by_name))
    for name, tree in targets(city, rollout, list(city.router_by_name)).items():
        assert patch_for(city, name, dialect(Dialect.FRR).printed(tree), tree).commands == (), name
