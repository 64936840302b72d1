"""Parity: does every IPv4 address of a router that carries IPv6 have its twin, and does routing run on it? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network.dialect import dialect
from network.intent import Intent, Interface
from network.tree import Tree


@dataclass(frozen=True, slots=True)
class Missing:
    """What an interface lacks that its IPv4 side has."""

    router: str
    interface: str
    lacks: str


@dataclass(frozen=True, slots=True)
class Parity:
    """How many twins there should be, and which are missing."""

    expected: int
    missing: tuple[Missing, ...]

    @property
    def share(self) -> float:
        """Twins present of those expected, 0 to 1; 1 where none is expected."""
        incomplete = {(gap.router, gap.interface) for gap in self.missing}
        return 1.0 if not self.expected else (self.expected - len(incomplete)) / self.expected


def parity(wanted: Mapping[str, Intent], running: Mapping[str, Tree | None]) -> Parity:
    """Compare what routers run with what they are meant to; a router that could not be read (None) has no twin."""
    expected = [(name, port) for name, intent in wanted.items() for port in intent.interfaces if port.ipv6 is not None]
    missing = [gap for name, port in expected for gap in _gaps(wanted[name], port, running.get(name))]
    return Parity(len(expected), tuple(missing))


def _gaps(intent: Intent, port: Interface, running: Tree | None) -> list[Missing]:
    """The IPv6 lines of the interface that the router doesn't show."""
    if running is None:
        return [Missing(intent.router, port.name, "not read")]
    section = f"interface {port.name}"
    have = {node.line for node in running.section(section)}
    want = [node.line for node in dialect(intent.dialect).render(intent).section(section) if _is_ipv6(node.line)]
    return [Missing(intent.router, port.name, line) for line in want if line not in have]


def _is_ipv6(line: str) -> bool:
    return "ipv6" in line.split()[:2]
