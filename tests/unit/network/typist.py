"""A router on paper: takes the lines of a VRP or Comware patch and minds what such a router would mind.

It refuses what a device refuses (a filter bound before it exists, removed while bound, a second value where only one can stand)
and drops what a device drops by itself, so that a patch is judged by what it leaves behind and not by how it looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from network.dialect.vendor.kind import OVER
from network.dialect.vendor.kinds import known
from network.tree import Node, Path, Tree

Section = dict[str, "Section"]


class Refused(AssertionError):
    """The device would not take this line."""


class Typist:
    """Types lines into a configuration."""

    def __init__(self, tree: Tree) -> None:
        self.top = _section(tree.nodes)
        self.path: Path = ()

    def type(self, lines: Iterable[str]) -> Tree:
        for raw in lines:
            self._line(raw.strip())
        assert self.path == (), f"left in {self.path}"
        return Tree(_nodes(self.top))

    def _line(self, line: str) -> None:
        if line == "quit":
            assert self.path, "quit at the top"
            self.path = self.path[:-1]
        elif line.startswith("undo ") and known(self.path, line) is None:
            self._undo(line.removeprefix("undo "))
        elif not line.startswith("undo ") and f"undo {line}" in self._here():
            del self._here()[f"undo {line}"]
        else:
            self._add(line)

    def _here(self) -> Section:
        found = self.top
        for header in self.path:
            found = found[header]
        return found

    def _add(self, line: str) -> None:
        if process := re.fullmatch(r"(ospf 1) (router-id \S+)", line):
            self.top.setdefault(process[1], {})
            self.path = (process[1],)
            line = process[2]
        found = known(self.path, line)
        if found is None:
            raise Refused(f"{self.path}: nobody knows '{line}'")
        here = self._here()
        self._needs(line)
        for old in [
            old for old in here if old != line and (same := known(self.path, old)) and same.key_in(self.path) == found.key_in(self.path)
        ]:
            if found.kind.manner is not OVER:
                raise Refused(f"{self.path}: '{old}' stands where '{line}' is typed")
            del here[old]
        statement = line.partition(" ")[2].partition(" ")[2]
        if found.kind.name == "rule" and any(old != line and old.partition(" ")[2].partition(" ")[2] == statement for old in here):
            raise Refused(f"{self.path}: two rules say '{statement}'")
        if found.kind.name == "binding" and line not in here:
            self._wipe_interface()
        here.setdefault(line, {})
        if found.kind.inside or found.kind.opens:
            self.path = (*self.path, line)

    def _undo(self, body: str) -> None:
        here = self._here()
        gone = [line for line in here if line == body or line.startswith(f"{body} ") or _is_one_way(line, body)]
        if not gone:
            raise Refused(f"{self.path}: there is no '{body}' to undo")
        for line in gone:
            found = known(self.path, line)
            self._is_free(line)
            here.pop(line, None)
            if found is not None and found.kind.name == "binding":
                self._wipe_interface()
            if found is not None and found.kind.name == "peer-as":
                self._wipe_peer(self.path[0], found.groups[0])
            if found is not None and found.kind.name == "route-distinguisher":
                self._wipe_instance(self.path[0].rpartition(" ")[2])

    def _wipe_interface(self) -> None:
        here = self._here()
        for line in [line for line in here if (found := known(self.path, line)) and found.kind.wiped]:
            del here[line]

    def _wipe_peer(self, process: str, peer: str) -> None:
        for section in _all(self.top[process]):
            for line in [line for line in section if line.startswith(f"peer {peer} ")]:
                del section[line]

    def _wipe_instance(self, plane: str) -> None:
        for section in _all(self.top[f"ip vpn-instance {plane}"]):
            for line in [line for line in section if line.startswith("vpn-target ")]:
                del section[line]
        for header, process in self.top.items():
            if header.startswith("bgp "):
                for line in [line for line in process if line.endswith(f"vpn-instance {plane}")]:
                    del process[line]

    def _needs(self, line: str) -> None:
        """What a line refers to is there."""
        for pattern, definition in _REFERS:
            if (found := re.fullmatch(pattern, line)) and not any(
                re.fullmatch(definition.format(*found.groups()), top) for top in self.top
            ):
                raise Refused(f"{self.path}: '{line}' refers to what isn't there")

    def _is_free(self, line: str) -> None:
        """Nothing refers to what goes."""
        if self.path:
            return
        for pattern, definition in _REFERS:
            for section in _all(self.top):
                for user in section:
                    found = re.fullmatch(pattern, user)
                    if found and re.fullmatch(definition.format(*found.groups()), line):
                        raise Refused(f"'{line}' goes while '{user}' refers to it")


_REFERS = (
    (r"(?:traffic-filter acl|traffic-filter inbound acl|packet-filter) (\d+)(?: inbound)?", r"acl (?:number|advanced) {}"),
    (
        r"(?:traffic-filter acl ipv6|traffic-filter inbound ipv6 acl|packet-filter ipv6) (\d+)(?: inbound)?",
        r"acl ipv6 (?:number|advanced) {}",
    ),
    (r"traffic-policy (\S+) (?:inbound|outbound)", r"traffic policy {}"),
    (r"classifier (\S+) behavior \S+", r"traffic classifier {}"),
    (r"classifier \S+ behavior (\S+)", r"traffic behavior {}"),
    (r"ip binding vpn-instance (\S+)", r"ip vpn-instance {}"),
    (r"(?:ipv4|ipv6)-family vpn-instance (\S+)", r"ip vpn-instance {}"),
)


def _is_one_way(line: str, body: str) -> bool:
    """Undo forms that name less than the line's beginning."""
    return bool(
        (
            body in ("acl inbound", "acl ipv6 inbound")
            and re.fullmatch(body.replace("acl", r"acl", 1).replace(" inbound", r" \d+ inbound"), line)
        )
        or (re.fullmatch(r"traffic-policy (?:inbound|outbound)", body) and re.fullmatch(body.replace(" ", r" \S+ "), line))
        or (body.startswith("peer ") and body.endswith(" export") and re.fullmatch(body.replace(" export", r" \S+ export"), line))
    )


def _all(section: Section) -> list[Section]:
    return [section, *(inner for child in section.values() for inner in _all(child))]


def _section(nodes: Iterable[Node]) -> Section:
    return {node.line: _section(node.children) for node in nodes}


def _nodes(section: Section) -> tuple[Node, ...]:
    return tuple(Node(line, _nodes(inside)) for line, inside in section.items())
