"""What is really there, against what the city says: addresses and routes of the private routers, every host that answers, their names.

Reads only. Judging is pure (`judge`): what would be lost or left behind by the cutover is a difference that somebody has to decide
about, the rest is told as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from city.model import Decision, PrivateRange
from network.compare import read_all
from network.cutover import lasting, names
from network.cutover.errors import Undecided
from network.cutover.lines import joining
from network.cutover.plan import Cutover, decided
from network.desk import Desk
from network.devices.shells import Shells, side_by_side
from network.dialect import dialect
from network.dns.server import NameServer, Rrset
from network.tree import Tree
from ops.language import _
from ops.plan import JsonObject

FLEETING = "fleeting"
MOST_SWEPT = 1024
"""Ranges of more addresses are known by their neighbour tables alone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the city says."""

    place: str
    text: str
    blocks: bool
    """The cutover would lose it or leave it behind."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a private network really is."""

    running: Mapping[str, Tree]
    """Configuration of its routers."""
    answering: Mapping[str, tuple[IPv4Address, ...]]
    """Hosts that answer or were seen, by range."""
    differences: tuple[Difference, ...]
    records: tuple[Rrset, ...] = ()
    """What the city's DNS holds under the hosts' names."""

    @property
    def blocking(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.blocks)

    def as_data(self) -> JsonObject:
        return {
            "answering": {name: [str(address) for address in addresses] for name, addresses in self.answering.items()},
            "differences": [{"place": each.place, "text": each.text, "blocks": each.blocks} for each in self.differences],
        }

    def raise_on_blocking(self, network: str) -> None:
        """Undecided, with everything that somebody has to decide about first."""
        if self.blocking:
            raise Undecided(
                _("the network '{name}' is not what the city says").format(name=network),
                why="; ".join(f"{each.place}: {each.text}" for each in self.blocking),
                hint=_("mend it there, or the city's data; then: citynode net cutover plan {name}").format(name=network),
            )


def discover(desk: Desk, shells: Shells, cut: Cutover, server: NameServer | None) -> Found:
    """Ask routers, their neighbours and the name server; raises `Unreachable` where one of them doesn't answer."""
    running = read(desk, cut)
    answering = dict(
        zip((item.name for item in cut.network.ranges), side_by_side(lambda item: seen(shells, item), cut.network.ranges), strict=True)
    )
    records = names.held(server, cut) if server and cut.has_names else ()
    differences = [*judge(cut, running, answering), *fleeting(shells, cut), *nameless(cut, server, records)]
    return Found(running, answering, tuple(differences), records)


def fleeting(shells: Shells, cut: Cutover) -> list[Difference]:
    """Hosts and borders that would lose the cutover by a restart, for they don't read the files that it writes."""
    borders = _("/etc/nftables.conf does not include /etc/nftables.d/*.nft")
    hosts = _("/etc/network/interfaces does not source /etc/network/interfaces.d/*")
    asked = [(router.name, lasting.BORDER_KEEPS, borders) for router in cut.network.routers]
    asked += [(move.name, lasting.HOST_KEEPS, hosts) for move in cut.hosts]
    said = side_by_side(lambda one: shells.run(one[0], f"{one[1]} || echo {FLEETING}"), asked)
    text = _("{reason}: the next restart would lose the cutover")
    lost = [(place, why) for (place, _asks, why), word in zip(asked, said, strict=True) if FLEETING in word]
    return [Difference(place, text.format(reason=why), blocks=True) for place, why in lost]


def read(desk: Desk, cut: Cutover) -> dict[str, Tree]:
    """What the private routers run now; raises what keeps one of them from being read."""
    running: dict[str, Tree] = {}
    for answer in read_all(desk, [router.name for router in cut.network.routers]):
        if answer.error is not None or answer.value is None:
            raise answer.error or Undecided(answer.device)
        running[answer.device] = dialect(cut.merged.router_by_name[answer.device].dialect).parse(answer.value)
    return running


def seen(shells: Shells, item: PrivateRange) -> tuple[IPv4Address, ...]:
    """Who answers in a range or stands in its router's neighbour table; the router itself left out."""
    lines = [f"ip -j -4 neigh show dev {item.interface}"]
    if item.ipv4.num_addresses <= MOST_SWEPT:
        lines.insert(0, f"fping -a -q -r 1 -t 200 -i 1 -g {item.ipv4} 2>/dev/null || true")
    said = shells.run(item.router, "\n".join(lines), timeout=60)
    return tuple(sorted(_addresses(said, item.ipv4) - {item.ipv4.network_address + 1}))


def judge(cut: Cutover, running: Mapping[str, Tree], answering: Mapping[str, Sequence[IPv4Address]]) -> list[Difference]:
    """Every difference. Pure."""
    found = [each for name, tree in running.items() for each in _of_router(cut, name, tree)]
    for item in cut.network.ranges:
        found += _of_range(cut, item, answering.get(item.name, ()))
    return found


def _of_router(cut: Cutover, name: str, tree: Tree) -> list[Difference]:
    ours = joining(cut, name)
    held = {
        node.line.removeprefix("interface "): [child.line for child in node.children if child.line.startswith("ip address ")]
        for node in tree.nodes
        if node.line.startswith("interface ")
    }
    found: list[Difference] = []
    for item in cut.ranges_of(name):
        wanted = f"ip address {item.ipv4.network_address + 1}/{item.ipv4.prefixlen}"
        if wanted not in held.get(item.interface, []):
            words = ", ".join(line.removeprefix("ip address ") for line in held.get(item.interface, [])) or _("no address")
            text = _("{port} has {found}, the city says {wanted}")
            found.append(
                Difference(name, text.format(port=item.interface, found=words, wanted=wanted.removeprefix("ip address ")), blocks=True)
            )
    known = {f"ip address {item.ipv4.network_address + 1}/{item.ipv4.prefixlen}" for item in cut.ranges_of(name)}
    known |= {line for lines in ours.values() for line in lines}
    for port, lines in held.items():
        for line in lines:
            if line not in known:
                text = _("{port} has {address}, of which the city says nothing").format(port=port, address=line.removeprefix("ip address "))
                found.append(Difference(name, text, blocks=True))
    odd = [node.line for node in tree.nodes if node.line.startswith(("ip route ", "router bgp", "router rip"))]
    said = _("it has '{line}', of which the city says nothing")
    return found + [Difference(name, said.format(line=line), blocks=False) for line in odd]


def _of_range(cut: Cutover, item: PrivateRange, answering: Sequence[IPv4Address]) -> list[Difference]:
    moves = [move for move in cut.hosts if move.range == item.name]
    known = {move.old.ip: move for move in moves}
    place = f"{item.name} ({item.ipv4})"
    found = [
        Difference(place, _("{host} at {address} does not answer").format(host=move.name, address=move.old.ip), blocks=True)
        for move in moves
        if move.old.ip not in answering
    ]
    loses = decided(item) is Decision.RENUMBER
    for address in answering:
        if address not in known:
            loss = _("{address} answers and the city doesn't know it; renumbering would lose it")
            text = loss if loses else _("{address} answers and the city doesn't know it")
            found.append(Difference(place, text.format(address=address), blocks=loses))
    return found


def nameless(cut: Cutover, server: NameServer | None, records: Sequence[Rrset]) -> list[Difference]:
    """Names that are not as the city says, or that nobody could switch."""
    if server is None and cut.has_names:
        place = cut.city.address_plan.domain
        return [Difference(place, _("the access file names no name server, and hosts have names to switch: add `dns`"), blocks=True)]
    return [Difference(name, text, blocks=blocks) for name, text, blocks in names.judge(cut, records)]


def _addresses(said: str, network: IPv4Network) -> set[IPv4Address]:
    """Addresses of the range out of what fping and `ip -j neigh` printed."""
    found = set()
    for line in said.splitlines():
        if line.startswith("["):
            rows = [row for row in json.loads(line) if row.get("lladdr") and "FAILED" not in row.get("state", ())]
            words = [str(row["dst"]) for row in rows]
        else:
            words = [line.strip()]
        for word in words:
            try:
                address = IPv4Address(word)
            except AddressValueError:
                continue
            if address in network:
                found.add(address)
    return found
