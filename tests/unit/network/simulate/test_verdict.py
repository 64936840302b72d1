"""A change on paper, and what it breaks: one file a case, with the exact words of every promise that is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from city.load import load_city
from network.compare import targets
from network.rollout import Rollout
from network.simulate.demand import Demand
from network.simulate.main import judge
from network.simulate.measured import Measured
from network.tree import Node, Tree
from ops import yaml
from ops.errors import PolicyRefused

CASES = sorted(Path("tests/cases/network_simulate").glob("*.yaml"))


def edited(tree: Tree, changes: dict[str, list[str]]) -> Tree:
    """The tree with lines taken out (`- `) and put in (`+ `), by section; a section of its own may go as a whole."""
    nodes = []
    for node in tree.nodes:
        words = changes.get(node.line, [])
        if words == ["- all"]:
            continue
        gone = {word[2:] for word in words if word.startswith("- ")}
        have = {child.line for child in node.children}
        assert gone <= have, f"{node.line} has no {gone - have}"
        come = tuple(Node(word[2:]) for word in words if word.startswith("+ "))
        nodes.append(Node(node.line, (*(child for child in node.children if child.line not in gone), *come)))
    return Tree(tuple(nodes))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_a_change_breaks(path: Path) -> None:
    case: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"))
    city = load_city(case["city"])
    sound = targets(city, Rollout(frozenset(city.router_by_name) if case["ipv6"] else frozenset()), list(city.router_by_name))
    worse = {name: edited(tree, case["change"].get(name, {})) for name, tree in sound.items()}
    before, after = (worse, sound) if case.get("backwards") else (sound, worse)
    demands = tuple(Demand(row["from"], row["to"], row["mbit"]) for row in case.get("demands", ()))
    verdict = judge(city, before, after, Measured(demands) if demands else None)
    assert [f"{one.promise}: {one.where}: {one.before} -> {one.after}" for one in verdict.broken][: len(case["broken"])] == case["broken"]
    assert len(verdict.broken) == case["count"]
    if case["count"]:
        with pytest.raises(PolicyRefused) as refused:
            verdict.raise_on_error()
        assert refused.value.what == f"this change would break {case['count']} promise(s) of the plan"
    else:
        verdict.raise_on_error()
