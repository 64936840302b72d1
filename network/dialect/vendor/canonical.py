"""What a VRP or Comware router prints, as a tree in one form; and a tree as such a router prints it. Pure.

Read: `#` ends sections; a line after it is a top-level line even where Comware indents it; what a release prints of itself
(`[V200R009C00SPC500]`, `!Software Version`, `version 7.1`), prompts and `return` are no configuration. IPv6 addresses are printed
in capitals, masks as dots or as a length, several route targets on one line: one form is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address

from network.dialect.secrets import masked
from network.dialect.vendor.words import PROCESS
from network.tree import Node, Tree

_NO_CONFIGURATION = re.compile(
    r"^(?:\[V\d+R\d+.*\]|!.*|<.*>.*|return|end|version \d.*|Building configuration.*|display current-configuration.*)$"
)
_IPV6 = re.compile(r"(?<![\w:.])([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:.])")
MASK_AT = 3
"""Which word of an address or a static route is its mask."""
_PROCESS = re.compile(rf"(ospf {PROCESS}) router-id (\S+)(?: .*)?")


def read(text: str, *, dotted_routes: bool) -> Tree:
    """The configuration in canonical form."""
    nodes = _merged(_nest(list(_rows(text))))
    return Tree(tuple(_canonical(node, dotted=dotted_routes) for node in nodes))


def printed(tree: Tree, *, indents_single_lines: bool = False) -> str:
    """The tree as the device would print it, from the first `#` to `return`."""
    out: list[str] = []
    word = ""
    for node in tree.nodes:
        first = node.line.split(" ")[0]
        if node.children or first != word:
            out.append("#")
        word = "" if node.children else first
        out += _printed(node, indents_single_lines=indents_single_lines)
    return "\n".join([*out, "#", "return", ""])


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Depth and line; -1 for a `#` that ends a top-level section."""
    for raw in text.replace("\r", "").replace("\0", "").splitlines():
        line = raw.strip()
        if line == "#":
            if not raw.startswith(" "):
                yield -1, ""
        elif line and not _NO_CONFIGURATION.match(line):
            yield len(raw) - len(raw.lstrip(" ")), line


def _nest(rows: list[tuple[int, str]]) -> list[Node]:
    """Nodes by indentation, where a section may begin indented."""
    top: list[tuple[str, list[tuple[int, str]]]] = []
    base = 0
    starts = True
    for depth, line in rows:
        if depth < 0:
            starts = True
            continue
        if starts or depth <= base:
            base = depth if starts else min(base, depth)
            top.append((line, []))
        else:
            top[-1][1].append((depth, line))
        starts = False
    return [Node(line, _children(inside)) for line, inside in top]


def _children(rows: list[tuple[int, str]]) -> tuple[Node, ...]:
    nodes: list[Node] = []
    at = 0
    while at < len(rows):
        depth, line = rows[at]
        end = at + 1
        while end < len(rows) and rows[end][0] > depth:
            end += 1
        nodes.append(Node(line, _children(rows[at + 1 : end])))
        at = end
    return tuple(nodes)


def _merged(nodes: Iterable[Node]) -> list[Node]:
    """A section that is printed in two places is one."""
    found: dict[str, Node] = {}
    for node in nodes:
        before = found.get(node.line)
        found[node.line] = node if before is None else Node(node.line, (*before.children, *node.children))
    return list(found.values())


def _canonical(node: Node, *, dotted: bool) -> Node:
    """One form of the line and of everything in it."""
    line = _line(node.line, dotted=dotted)
    children = [child for inner in node.children for child in _split(_canonical(inner, dotted=dotted))]
    if found := _PROCESS.fullmatch(line):
        return Node(found[1], (Node(f"router-id {found[2]}"), *children))
    return Node(line, tuple(children))


def _line(line: str, *, dotted: bool) -> str:
    line = _IPV6.sub(_lower, masked(" ".join(line.split())))
    if line == "area 0":
        return f"area {IPv4Address(0)}"
    words = line.split(" ")
    if line.startswith(("ip address ", "ip route-static ")) and len(words) > MASK_AT:
        words[MASK_AT] = _mask(words[MASK_AT], dotted=dotted or words[1] == "address")
    return " ".join(words)


def _lower(found: re.Match[str]) -> str:
    try:
        return str(IPv6Address(found[1]))
    except AddressValueError:
        return found[0]


def _mask(word: str, *, dotted: bool) -> str:
    """A mask in the form that is wanted; a word that is none stays."""
    try:
        net = IPv4Network((0, word))
    except ValueError:
        return word
    return str(net.netmask) if dotted else str(net.prefixlen)


def _split(node: Node) -> list[Node]:
    """Several route targets on one line are several lines."""
    words = node.line.split(" ")
    if words[0] == "vpn-target" and len(words) > 3:
        return [Node(f"vpn-target {target} {words[-1]}") for target in words[1:-1]]
    return [node]


def _printed(node: Node, *, indents_single_lines: bool) -> Iterator[str]:
    line, children = node.line, node.children
    if line == f"ospf {PROCESS}" and children and children[0].line.startswith("router-id "):
        line, children = f"{line} {children[0].line}", children[1:]
    if not children:
        yield f" {line}" if indents_single_lines and not node.children else line
        return
    yield line
    yield from _inside(children, 1)


def _inside(children: Iterable[Node], depth: int) -> Iterator[str]:
    for child in children:
        if child.children:
            yield f"{' ' * depth}#"
        yield " " * depth + child.line
        yield from _inside(child.children, depth + 1)
