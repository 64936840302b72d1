"""Parity: has everything that a router with IPv6 says of IPv4 its twin, in what it shall hold and in what it holds? Pure.

Twins are counted one by one: interfaces with their routing, BGP neighbours, filters, shared gateways, and the servers that a
router asks and tells; of these only what the router's dialect is given (`network.dialect.features`). What has no twin on purpose is
exempted in the city's data, with the reason; an exemption that is over counts no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from city.model import City, Ipv6Exemption, TwinKind
from network.dialect import dialect
from network.dialect.features import FEATURES, Feature
from network.dialect.frr.gateways import device
from network.dialect.frr.host import COMMAND
from network.dialect.vendor.names import vendor_name
from network.dialect.vendor.speaker import SPEAKERS
from network.intent.router import Intent, Interface
from network.simulate.isolation import unlike_filters
from network.simulate.read import READERS
from network.tree import Tree

_ADDRESS = re.compile(r"(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])")
"""An IPv6 address in what is said to a program (RFC 5952)."""
_IPV6_WORDS = frozenset({"ipv6", "ospfv3", "vrrp6"})


@dataclass(frozen=True, slots=True)
class Missing:
    """What something lacks that its IPv4 side has."""

    router: str
    interface: str
    """The interface, or what else it is: a neighbour, a filter, a kind of server."""
    lacks: str
    kind: TwinKind = TwinKind.INTERFACE

    @property
    def name(self) -> str:
        """What an exemption calls it."""
        return f"{self.router} {self.interface}" if self.router else self.interface


@dataclass(frozen=True, slots=True)
class Exempt:
    """A gap that is meant, and why."""

    gap: Missing
    reason: str


@dataclass(frozen=True, slots=True)
class Parity:
    """How many twins there should be, which are missing, and which are missing on purpose."""

    expected: int
    missing: tuple[Missing, ...]
    exempt: tuple[Exempt, ...] = ()

    @property
    def share(self) -> float:
        """Twins present of those expected, 0 to 1; 1 where none is expected."""
        incomplete = {(gap.kind, gap.router, gap.interface) for gap in self.missing}
        return 1.0 if not self.expected else max(0.0, (self.expected - len(incomplete)) / self.expected)

    def plus(self, other: Parity) -> Parity:
        """Both together."""
        return Parity(self.expected + other.expected, (*self.missing, *other.missing), (*self.exempt, *other.exempt))


def parity(wanted: Mapping[str, Intent], running: Mapping[str, Tree | None]) -> Parity:
    """Compare what routers run with what they are meant to; a router that could not be read (None) has no twin."""
    dual = {name: intent for name, intent in wanted.items() if intent.ipv6}
    expected = [(name, port) for name, intent in dual.items() for port in _ports(intent) if port.ipv6 is not None]
    missing = [gap for name, port in expected for gap in _gaps(wanted[name], port, running.get(name))]
    count = len(expected)
    for name, intent in dual.items():
        twins = list(_twins(intent, frozenset(dual)))
        count += len(twins)
        missing += [gap for gap, has_twin in twins if not has_twin or running.get(name) is None]
        missing += _elsewhere(intent, running.get(name))
    return Parity(count, tuple(missing))


def excused(city: City, found: Parity, today: date) -> Parity:
    """The same with gaps that the city's data exempts set apart; one that was due is a gap again."""
    valid = [one for one in city.ipv6_exemptions if one.until is None or one.until >= today]
    exempt = [(gap, one) for gap in found.missing if (one := _exemption(valid, gap)) is not None]
    meant = {id(gap) for gap, _one in exempt}
    left = tuple(gap for gap in found.missing if id(gap) not in meant)
    return Parity(found.expected, left, tuple(Exempt(gap, one.reason) for gap, one in exempt))


def _exemption(valid: Iterable[Ipv6Exemption], gap: Missing) -> Ipv6Exemption | None:
    return next((one for one in valid if one.kind is gap.kind and fnmatchcase(gap.name, one.name)), None)


def _ports(intent: Intent) -> tuple[Interface, ...]:
    """The interfaces that the router's dialect is given."""
    return (*intent.interfaces, *(intent.plane_ports if intent.dialect in SPEAKERS else ()))


def _gaps(intent: Intent, port: Interface, running: Tree | None) -> list[Missing]:
    """The IPv6 lines of the interface that the router doesn't show."""
    if running is None:
        return [Missing(intent.router, port.name, "not read")]
    sections, wanted = _sections(intent, port), dialect(intent.dialect).render(intent)
    have = {node.line for section in sections for node in running.section(section)}
    want = [node.line for section in sections for node in wanted.section(section) if _is_ipv6(node.line)]
    return [Missing(intent.router, port.name, line) for line in want if line not in have]


def _sections(intent: Intent, port: Interface) -> tuple[str, ...]:
    """Where a router says what it says of the interface: FRR has a device of its own for a shared gateway's addresses."""
    speaker = SPEAKERS.get(intent.dialect)
    if speaker:
        return (f"interface {vendor_name(port.name, speaker.words)}",)
    return (f"interface {port.name}", *([device(port.name, 6)] if port.gateway else []))


def _twins(intent: Intent, dual: frozenset[str]) -> Iterator[tuple[Missing, bool]]:
    """Everything of the intent besides interfaces that has an IPv4 side, and whether it has the other."""
    given = FEATURES[intent.dialect]
    neighbours = intent.bgp.neighbours if intent.bgp and Feature.BGP in given else ()
    for peer in {peer.name: peer for peer in neighbours if peer.external or peer.name in dual}.values():
        families = {other.address.version for other in neighbours if other.name == peer.name}
        yield Missing(intent.router, peer.name, "IPv6 neighbour", TwinKind.PEER), {4, 6} <= families
    for kind in ("ntp", "syslog", "traps") if Feature.SERVICES in given else ():
        addresses = getattr(intent.servers, kind)
        four, six = (sum(address.version == version for address in addresses) for version in (4, 6))
        if four:
            yield Missing(intent.router, kind, "IPv6 address of every server", TwinKind.TARGET), six >= four
    for port in _ports(intent):
        if port.gateway is not None:
            yield Missing(intent.router, port.name, "IPv6 address of the shared gateway", TwinKind.GATEWAY), port.gateway.ipv6 is not None
    for one in intent.filters if Feature.FILTERS in given else ():
        yield Missing(intent.router, one.name, "IPv6 rules", TwinKind.FILTER), bool(one.ipv6)


def _elsewhere(intent: Intent, running: Tree | None) -> Iterator[Missing]:
    """IPv6 lines outside of interfaces that the router lacks, and filters that it has in one family alone."""
    if running is None:
        return
    rules = dialect(intent.dialect)
    for change in rules.patch(running, rules.render(intent)).changes:
        inside = change.path[0] if change.path else ""
        if change.sign != "+":
            continue
        if inside.startswith(COMMAND) and _ADDRESS.search(change.line):
            yield Missing(intent.router, inside, change.line, TwinKind.TARGET)
        elif not inside.startswith("interface ") and any(map(_is_ipv6, (*change.path[1:], change.line or inside))):
            yield Missing(intent.router, inside or "global", change.line, TwinKind.ROUTE)
    for gap in sorted(unlike_filters({intent.router: READERS[intent.dialect](intent.router, running)})):
        where, _colon, lacks = gap.partition(": ")
        yield Missing(intent.router, where.partition(" ")[2], lacks, TwinKind.FILTER)


def _is_ipv6(line: str) -> bool:
    words = line.split()
    if words[0] == "vrrp":
        return "ipv6" in words
    return "ipv6" in words[:2] or words[0] in _IPV6_WORDS or "ospf6" in words[:2]
