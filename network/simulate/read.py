"""A device's configuration -> what it does in the network (`Box`): one table of readers, a dialect each. Pure.

A reader takes the lines that decide where packets go and passes over everything else. It reads what a device prints as
well as what we render, so that before and after are judged by the same eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from city.model import City, Dialect
from network.dialect import DialectRules, dialect
from network.simulate.read_frr import read_frr
from network.simulate.world import Box, World
from network.tree import Node, Tree
from ops.errors import UsageProblem
from ops.language import _

READERS: dict[Dialect, Callable[[str, Tree], Box]] = {Dialect.FRR: read_frr}


def read_box(city: City, name: str, tree: Tree) -> Box:
    """What the router of this configuration does."""
    spoken = city.router_by_name[name].dialect
    if spoken not in READERS:
        raise UsageProblem(
            _("{device} speaks {dialect}, which the simulation can't read yet").format(device=name, dialect=spoken),
            hint=_("it reads {known}").format(known=", ".join(sorted(READERS))),
        )
    return READERS[spoken](name, tree)


def read_world(city: City, trees: Mapping[str, Tree]) -> World:
    """What the routers of these configurations do together."""
    return {name: read_box(city, name, tree) for name, tree in trees.items()}


def applied(running: Tree, target: Tree, rules: DialectRules) -> Tree:
    """The configuration once the target was typed: our lines as they shall be, those of others as they are."""
    wanted = {node.line: node for node in target.nodes}
    kept: list[Node] = []
    for node in running.nodes:
        if not rules.owns_section(node.line):
            kept.append(node)
            continue
        theirs = tuple(child for child in node.children if rules.rule((node.line,), child.line) is None)
        ours = wanted.pop(node.line, None)
        if ours is not None:
            kept.append(Node(node.line, (*theirs, *ours.children)))
        elif theirs or not rules.may_remove_section(node.line):
            kept.append(Node(node.line, theirs))
    return Tree((*kept, *wanted.values()))


def after_push(city: City, running: Mapping[str, Tree], targets: Mapping[str, Tree]) -> dict[str, Tree]:
    """Every router's configuration once the targets were pushed; those without a target stay as they are."""
    return {
        name: applied(tree, targets[name], dialect(city.router_by_name[name].dialect)) if name in targets else tree
        for name, tree in running.items()
    }
