"""A device's configuration as a tree of lines: what diff, patch and rollback reason about.

Lines are kept as the device prints them; which lines mean the same is a dialect's business. This module refuses to
know any command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Path = tuple[str, ...]
"""The headers of the sections around a line, outermost first."""


@dataclass(frozen=True, slots=True)
class Node:
    """A line, and the lines of the section that it opens."""

    line: str
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole configuration."""

    nodes: tuple[Node, ...] = ()

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Every line with the path of sections around it, in order."""
        yield from _walk((), self.nodes)

    def section(self, *path: str) -> tuple[Node, ...]:
        """The lines inside a section; nothing if there is no such section."""
        nodes = self.nodes
        for header in path:
            found = [node for node in nodes if node.line == header]
            nodes = tuple(child for node in found for child in node.children)
        return nodes


def _walk(path: Path, nodes: Iterable[Node]) -> Iterator[tuple[Path, Node]]:
    for node in nodes:
        yield path, node
        yield from _walk((*path, node.line), node.children)


def parse(text: str, *, comments: str = "!", closing: frozenset[str] = frozenset({"exit", "end"})) -> Tree:
    """Read a configuration whose sections are shown by indentation; closing words and comments are dropped."""
    rows = [
        (len(raw) - len(raw.lstrip(" ")), raw.strip())
        for raw in text.replace("\r", "").splitlines()
        if raw.strip() and not raw.lstrip().startswith(comments) and raw.strip() not in closing
    ]
    nodes, _ = _collect(rows, 0, -1)
    return Tree(nodes)


def _collect(rows: list[tuple[int, str]], start: int, outer: int) -> tuple[tuple[Node, ...], int]:
    """The nodes indented deeper than `outer` from `start` on, and where they end."""
    nodes: list[Node] = []
    at = start
    while at < len(rows) and rows[at][0] > outer:
        indent, line = rows[at]
        children, at = _collect(rows, at + 1, indent)
        nodes.append(Node(line, children))
    return tuple(nodes), at


def _exit(_header: str) -> str:
    return "exit"


def text_of(tree: Tree, *, close: Callable[[str], str] = _exit, separator: str = "!") -> str:
    """The tree as a configuration file: sections are closed, as `close` says of their headers, and set apart."""
    out: list[str] = []
    for node in tree.nodes:
        out += _lines(node, 0, close)
        if node.children:
            out.append(separator)
    return "\n".join(out) + "\n"


def _lines(node: Node, depth: int, close: Callable[[str], str]) -> list[str]:
    pad = " " * depth
    inside = [line for child in node.children for line in _lines(child, depth + 1, close)]
    return [pad + node.line, *inside, *([pad + close(node.line)] if node.children else [])]
