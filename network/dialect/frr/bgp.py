"""BGP on FRR: how its lines behave, and which of them are ours. Pure.

Ours are neighbours whose description begins with our mark, prefix lists that bear our name, and the pools' static routes, which
FRR lets nobody describe: they carry our tag. A process without a neighbour of ours is somebody else's.
Seen on FRR 8.4: prefix lists of one name may differ by family; a neighbour that goes takes all that was said to it along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from network.dialect.base import Rule
from network.dialect.vendor.words import MARK
from network.patch import NoPatch
from network.tree import Node, Path, Tree
from ops.language import _

PREFIXES: Final = "CITYNODE"
"""How the names of our prefix lists begin."""
TAG: Final = 0x636E
"""Our mark on a static route: "cn" in ASCII."""

PROCESS: Final = re.compile(r"^router bgp (\d+)$")
FAMILY: Final = re.compile(r"^address-family ipv[46] unicast$")
_NEIGHBOUR: Final = re.compile(r"^(?:no )?neighbor (\S+) ")
_ROUTE: Final = re.compile(rf"^ip(?:v6)? route (\S+) blackhole tag {TAG}$")
_ENTRY: Final = re.compile(rf"^(ip(?:v6)? prefix-list {PREFIXES}\S* seq \d+) ")

_AT_TOP: Final = ((_ROUTE, 0), (_ENTRY, 1))
_IN_PROCESS: Final[tuple[tuple[str, Rule], ...]] = (
    (r"bgp router-id .*", Rule("router-id", 0, disruptive=True, only_with="router-id", undo="no bgp router-id", stays=True)),
    (r"no bgp default ipv4-unicast", Rule("default", 0, undo="bgp default ipv4-unicast", stays=True)),
    (r"timers bgp .*", Rule("timers", 1, undo="no timers bgp", stays=True)),
    (r"neighbor {peer} remote-as \d+", Rule("{peer}", 2, disruptive=True, only_with="{peer}", undo="no neighbor {peer}")),
    (r"neighbor {peer} description .*", Rule("{peer} description", 3, undo="no neighbor {peer} description", falls_with="{peer}")),
    (
        r"neighbor {peer} update-source .*",
        Rule("{peer} source", 3, disruptive=True, only_with="{peer}", undo="no neighbor {peer} update-source", falls_with="{peer}"),
    ),
    (r"neighbor {peer} timers connect \d+", Rule("{peer} retry", 3, undo="no neighbor {peer} timers connect", falls_with="{peer}")),
)
_IN_FAMILY: Final[tuple[tuple[str, Rule], ...]] = (
    (r"network \S+", Rule("network", 0, single=False)),
    (r"neighbor {peer} prefix-list \S+ in", Rule("{peer} in", 1, falls_with="{peer}")),
    (r"neighbor {peer} prefix-list \S+ out", Rule("{peer} out", 1, falls_with="{peer}")),
    (r"neighbor {peer} next-hop-self", Rule("{peer} next hop", 1, falls_with="{peer}")),
    (r"neighbor {peer} route-reflector-client", Rule("{peer} client", 1, disruptive=True, only_with="{peer}", falls_with="{peer}")),
    (r"neighbor {peer} activate", Rule("{peer} active", 2, disruptive=True, only_with="{peer}", falls_with="{peer}")),
)


def top_rule(line: str) -> Rule | None:
    """How a line outside of all sections behaves: the pools' routes, and entries of our prefix lists."""
    for pattern, rank in _AT_TOP:
        if found := pattern.match(line):
            return Rule(found[1], rank)
    return None


@lru_cache(maxsize=1 << 16)
def rule(path: Path, line: str) -> Rule | None:
    """How a line of a process, or of an address family in it, behaves."""
    found = _NEIGHBOUR.match(line)
    peer = found[1] if found else ""
    for pattern, known in _IN_FAMILY if FAMILY.match(path[-1]) else _IN_PROCESS:
        if re.fullmatch(pattern.replace("{peer}", re.escape(peer)), line):
            return known.about(peer)
    return None


def ours(tree: Tree, other: Tree) -> Tree:
    """The tree without processes and neighbours of others; what the other tree (intended, or running) marks is ours in this one too."""
    marked = frozenset(_marked(tree)) | frozenset(_marked(other))
    return Tree(tuple(found for node in tree.nodes if (found := _kept(node, marked)) is not None))


def shared(tree: Tree, other: Tree) -> frozenset[str]:
    """The processes of the tree in which somebody else has a neighbour: they never go as a whole."""
    marked = frozenset(_marked(tree)) | frozenset(_marked(other))
    return frozenset(
        node.line
        for node in tree.nodes
        if PROCESS.match(node.line) and any((found := _NEIGHBOUR.match(child.line)) and found[1] not in marked for child in node.children)
    )


def check_same_system(running: Tree, intended: Tree) -> None:
    """A router is in one autonomous system: changing that drops every neighbour, others' too, so it is nobody's by-catch."""
    old, new = ([found[1] for node in tree.nodes if (found := PROCESS.match(node.line))] for tree in (running, intended))
    if old and new and old[0] != new[0]:
        raise NoPatch(
            _("BGP runs as system {old}, and the city says {new}").format(old=old[0], new=new[0]),
            why=_("FRR runs one system at a time, and changing it drops every neighbour, those of others too"),
            hint=_("mend extranet.asn; or, in a maintenance window, `no router bgp {old}` by hand and push then").format(old=old[0]),
        )


def _kept(node: Node, marked: frozenset[str]) -> Node | None:
    """A process without the lines about others' neighbours; None where none is ours."""
    if not PROCESS.match(node.line):
        return node
    if not any((found := _NEIGHBOUR.match(child.line)) and found[1] in marked for child in node.children):
        return None
    return Node(node.line, tuple(_only(marked, node.children)))


def _only(marked: frozenset[str], nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        found = _NEIGHBOUR.match(node.line)
        if found is None or found[1] in marked:
            yield Node(node.line, tuple(_only(marked, node.children)))


def _marked(tree: Tree) -> Iterator[str]:
    """The neighbours that bear our mark."""
    for node in tree.nodes:
        if PROCESS.match(node.line):
            for child in node.children:
                words = child.line.split(" ")
                if words[0] == "neighbor" and words[2:4] == ["description", MARK]:
                    yield words[1]
