"""A device's configuration -> what it does in the network (`Box`): one table of readers, a dialect each. Pure.

A reader takes the lines that decide where packets go and passes over everything else. It reads what a device prints as
well as what we render, so that before and after are judged by the same eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial

from city.model import City, Dialect
from network.dialect import dialect
from network.dialect.vendor.speaker import SPEAKERS
from network.patch import Patch
from network.simulate.read_frr import read_frr
from network.simulate.read_vendor import read_vendor
from network.simulate.world import Box, World
from network.tree import Node, Path, Tree
from ops.errors import UsageProblem
from ops.language import _

READERS: dict[Dialect, Callable[[str, Tree], Box]] = {
    Dialect.FRR: read_frr,
    **{spoken: partial(read_vendor, words=speaker.words) for spoken, speaker in SPEAKERS.items()},
}


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


def applied(running: Tree, patch: Patch) -> Tree:
    """The configuration once the patch was typed; lines that aren't ours stay as they are."""
    gone = {(change.path, change.line) for change in patch.changes if change.sign == "-"}
    come: dict[Path, list[str]] = {}
    for change in patch.changes:
        if change.sign == "+":
            come.setdefault(change.path, []).append(change.line)
    return Tree(_inside((), running.nodes, gone, come))


def _inside(path: Path, nodes: tuple[Node, ...], gone: Container[tuple[Path, str]], come: Mapping[Path, list[str]]) -> tuple[Node, ...]:
    """The lines of one section after the patch; a section that the patch only fills is made."""
    kept = [node for node in nodes if (path, node.line) not in gone]
    known = {node.line for node in kept}
    deeper = [other[len(path)] for other in come if other[: len(path)] == path and len(other) > len(path)]
    fresh = [Node(line) for line in dict.fromkeys((*come.get(path, ()), *deeper)) if line not in known]
    return tuple(Node(node.line, _inside((*path, node.line), node.children, gone, come)) for node in (*kept, *fresh))


def after_push(city: City, running: Mapping[str, Tree], targets: Mapping[str, Tree]) -> dict[str, Tree]:
    """Every router's configuration once the targets were pushed; those without a target stay as they are."""
    return {
        name: applied(tree, dialect(city.router_by_name[name].dialect).patch(tree, targets[name])) if name in targets else tree
        for name, tree in running.items()
    }
