"""Which lines of a router's configuration are ours: what the table knows, less what somebody else marked otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from network.dialect.vendor.kinds import known
from network.dialect.vendor.words import MARK
from network.tree import Node, Path, Tree

Lines = dict[Path, dict[str, None]]
"""Our lines by the sections around them, in order; a section's header is a line of the section around it."""


def ours(tree: Tree, other: Tree) -> Lines:
    """Our lines of a tree; what the other tree (intended, or running) shows to be ours is so in this one."""
    marked = _marks(tree) | _marks(other)
    found: Lines = {(): {}}
    _collect((), tree.nodes, marked, found)
    return found


def _collect(path: Path, nodes: Iterable[Node], marked: frozenset[str], found: Lines) -> None:
    for node in nodes:
        kind = known(path, node.line)
        if kind is None or not _is_ours(path, node.line, marked):
            continue
        found[path][node.line] = None
        if kind.kind.inside:
            inner = (*path, node.line)
            found.setdefault(inner, {})
            _collect(inner, node.children, marked, found)


def _is_ours(path: Path, line: str, marked: frozenset[str]) -> bool:
    kind = known(path, line)
    if kind is None:
        return False
    if kind.kind.by_mark:
        return line in marked
    if kind.kind.name.startswith("peer-") or kind.kind.name == "plane":
        return kind.groups[0] in marked or _plane(line) in marked
    return True


def _marks(tree: Tree) -> frozenset[str]:
    """Sections and BGP neighbours whose description begins with our mark."""
    return frozenset(mark for node in tree.nodes for mark in _marks_of(node))


def _marks_of(node: Node) -> Iterator[str]:
    for child in node.children:
        words = child.line.split(" ")
        if words[:2] == ["description", MARK]:
            yield node.line
        elif words[0] == "peer" and words[2:4] == ["description", MARK]:
            yield words[1]


def _plane(line: str) -> str:
    """The instance that a family of BGP belongs to."""
    return f"ip vpn-instance {line.rpartition('vpn-instance ')[2]}"
