"""FRR 8 and later as a dialect: render, read, print, patch and mask.

We own descriptions, addresses, OSPF and shared gateways on `lo`, `geN` and `lanN`, the two OSPF processes, of BGP what bears our mark
(`network.dialect.frr.bgp`), a file for each of four programs beside it (`network.dialect.frr.host`), and in the kernel one table of rules
(`network.dialect.frr.nftables`). Host name, FRR's own logging, accounts, the out-of-band interface and everything else belong to whoever
set the router up and are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_interface

from network.dialect import secrets
from network.dialect.base import Rule
from network.dialect.frr import bgp, gateways, host, nftables, ports
from network.dialect.frr.render_bgp import pools, process
from network.dialect.lines import line_patch
from network.intent.router import Intent
from network.patch import Patch
from network.tree import Node, Path, Tree, parse, text_of

_SECRET = re.compile(
    r"^(\s*.*?\b(?:password|secret|message-digest-key \d+ md5|authentication-key|key-string|community))\s+.+$", re.MULTILINE
)
_AREA = re.compile(r"\barea (\d+)$")
_FAMILY_END = "exit-address-family"


@dataclass(frozen=True, slots=True)
class Frr:
    """The rules of FRR; `shared` are processes that somebody else uses too."""

    shared: frozenset[str] = frozenset()

    def render(self, intent: Intent) -> Tree:
        """What is used before what uses it."""
        vtysh = (*ports.ospf(intent), *ports.ports(intent), *pools(intent), *process(intent))
        return Tree((*vtysh, *host.files(intent), *nftables.table(intent)))

    def parse(self, running: str) -> Tree:
        """What `show running-config` printed, from its first `!` on, and behind it the programs' files and the kernel's table."""
        text, table = nftables.split(running.replace("\r", ""))
        _, mark, body = text.partition("Current configuration:")
        tree = parse(body if mark else text, closing=frozenset({"exit", "end", _FAMILY_END}))
        return Tree((*(_canonical(node) for node in tree.nodes), *table))

    def printed(self, tree: Tree) -> str:
        table = nftables.held(tree)
        text = text_of(Tree((*of_vtysh(tree).nodes, *host.held(tree))), close=self.closing)
        return text + (nftables.printed(table) if table else "")

    def patch(self, running: Tree, intended: Tree) -> Patch:
        bgp.check_same_system(running, bgp.ours(intended, running))
        kernel = nftables.patch(nftables.held(running), nftables.held(intended))
        files = host.patch(host.held(running), host.held(intended))
        typed = line_patch(bgp.ours(running, intended), bgp.ours(intended, running), Frr(bgp.shared(running, intended)))
        parts = (kernel, files, typed)
        changes = tuple(change for part in parts for change in part.changes)
        return Patch(changes, tuple(line for part in parts for line in part.commands), files.by_hand)

    def owns_section(self, header: str) -> bool:
        return header in ports.PROCESSES or bool(ports.INTERFACE.match(header) or bgp.PROCESS.match(header))

    def opens(self, path: Path, line: str) -> bool:
        return bool(bgp.PROCESS.match(path[-1]) and bgp.FAMILY.match(line))

    def closing(self, header: str) -> str:
        return _FAMILY_END if bgp.FAMILY.match(header) else "exit"

    def may_remove_section(self, header: str) -> bool:
        return header in ports.PROCESSES or (bool(bgp.PROCESS.match(header)) and header not in self.shared)

    def rule(self, path: Path, line: str) -> Rule | None:
        if not path:
            return bgp.top_rule(line)
        return bgp.rule(path, line) if bgp.PROCESS.match(path[0]) else ports.rule(path[0], line)

    def undo(self, path: Path, line: str) -> str:
        rule = self.rule(path, line)
        return rule.undo if rule and rule.undo else f"no {line}"

    def section_rank(self, header: str) -> int:
        """OSPF, interfaces, their gateways' devices, what stands outside of sections, BGP: so they come, backwards they go."""
        if header in ports.PROCESSES:
            return 0
        if gateways.DEVICE.match(header):
            return 2
        return 1 if ports.INTERFACE.match(header) else 3 if bgp.PROCESS.match(header) else 2

    def mask(self, text: str) -> str:
        return _SECRET.sub(r"\1 ***", secrets.masked(text))


def of_vtysh(tree: Tree) -> Tree:
    """A configuration without what isn't FRR's own: the programs' files and the kernel's table."""
    return Tree(tuple(node for node in tree.nodes if node.line != nftables.TABLE and not node.line.startswith(host.COMMAND)))


def _canonical(node: Node) -> Node:
    """FRR prints areas and IPv6 addresses as they were typed; we compare one form."""
    if node.line.startswith(host.COMMAND):
        return host.canonical(node)
    line = _AREA.sub(lambda found: f"area {IPv4Address(int(found.group(1)))}", node.line)
    words = line.split()
    if words[:2] == ["ipv6", "address"] and len(words) == 3:
        line = f"ipv6 address {ip_interface(words[2])}"
    return Node(line, tuple(_canonical(child) for child in node.children))
