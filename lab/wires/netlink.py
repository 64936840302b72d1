"""One netlink socket in one namespace, speaking in names: links up and down, addresses, rates.

Everything here is a thin word for one or two kernel requests; whoever calls decides what is to be. Absent things are
no error when they are to go, present ones none when they are to come.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_address
from pathlib import Path
from typing import Any, Self

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from lab import namespace

logging.getLogger("pyroute2").setLevel(logging.WARNING)  # it logs every message

LATENCY = 0.05
BURST_SECONDS = 0.004
UNSHAPED_MBIT = 10_000
NO_DAD = 0x02
"""The address is good at once (IFA_F_NODAD): without it, it is tentative for some milliseconds even where nobody is asked for it,
since the kernel decides so in a queue, and who listens there in these is refused."""
FOREVER = 0xFFFFFFFF
ROOT = 0xFFFFFFFF
"""The place of an interface's own queueing discipline (TC_H_ROOT)."""


@dataclass(frozen=True, slots=True)
class Card:
    """An interface as the kernel has it."""

    index: int
    name: str
    is_up: bool
    has_carrier: bool


class Netlink:
    """A socket in a namespace (None: the machine's own); use it in one thread, and close it."""

    def __init__(self, name: str | None) -> None:
        with namespace.inside(name) if name else nullcontext():
            self._route = IPRoute()
        self._index: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._route.close()

    def cards(self) -> dict[str, Card]:
        """Every interface by name."""
        found = {}
        for link in self._route.get_links():
            name, up = link.get_attr("IFLA_IFNAME"), bool(link["flags"] & 1)
            found[name] = Card(link["index"], name, up, up and bool(link.get_attr("IFLA_CARRIER")))
        self._index = {name: card.index for name, card in found.items()}
        return found

    def index(self, name: str) -> int:
        """The interface's number; 0 if there is none."""
        if name not in self._index:
            try:
                self._index[name] = next(iter(self._route.link("get", ifname=name)))["index"]
            except NetlinkError:
                return 0
        return self._index[name]

    def is_up(self, name: str) -> bool:
        """Whether there is such an interface and it is switched on."""
        try:
            link = next(iter(self._route.link("get", ifname=name)))
        except NetlinkError:
            return False
        return bool(link["flags"] & 1)

    def add_pair(self, name: str, peer: str, peer_namespace: str | None = None) -> None:
        """A veth pair: one end here, the other in another namespace or here too."""
        where: dict[str, Any] = {}
        with (namespace.FOLDER / peer_namespace).open() if peer_namespace else nullcontext() as file:
            if file is not None:
                where = {"net_ns_fd": file.fileno()}
            self._route.link("add", ifname=name, kind="veth", peer={"ifname": peer, **where})

    def add_bridge(self, name: str, mac: str = "") -> None:
        """A bridge that forwards at once and learns no spanning tree; without a MAC address of its own it takes one of its ports'."""
        own = {"address": mac} if mac else {}
        self._route.link("add", ifname=name, kind="bridge", br_stp_state=0, br_forward_delay=0, **own)

    def add_macvlan(self, name: str, below: str, mac: str) -> None:
        """An interface with a MAC address of its own over another one, off at first."""
        self._route.link("add", ifname=name, kind="macvlan", link=self.index(below), macvlan_mode="bridge", address=mac)

    def hold_silent(self, name: str) -> None:
        """Keep the interface from sending until a routing daemon says that it may (protodown), even while it is on."""
        self._route.link("set", index=self.index(name), proto_down=1)

    def set_up(self, name: str, *, up: bool, master: str = "") -> None:
        """Switch the interface on or off; with `master`, as a port of that bridge."""
        extra = {"master": self.index(master)} if master else {}
        self._route.link("set", index=self.index(name), state="up" if up else "down", **extra)

    def remove(self, name: str) -> None:
        """End the interface, and with it the other end of a pair."""
        with suppress(NetlinkError):
            if index := self.index(name):
                self._index.clear()
                self._route.link("del", index=index)

    def add_address(self, name: str, address: IPv4Interface | IPv6Interface) -> None:
        """Give the interface an address; a program may listen there at once."""
        self._address(name, address)

    def add_second_address(self, name: str, address: IPv4Interface | IPv6Interface) -> None:
        """Give the interface one more address of a network that it is in: the node is heard at it and never sends from it by itself.

        IPv4 has that of the order of addresses; IPv6 of an address' preferred lifetime, which is none (RFC 6724, section 5, rule 3).
        """
        self._address(name, address, **({"preferred_lft": 0, "valid_lft": FOREVER} if address.version == 6 else {}))

    def _address(self, name: str, address: IPv4Interface | IPv6Interface, **lifetime: int) -> None:
        flags = {"flags": NO_DAD} if address.version == 6 else {}
        length = address.network.prefixlen
        self._route.addr("replace", index=self.index(name), address=str(address.ip), prefixlen=length, **flags, **lifetime)

    def default_route(self, gateway: str) -> None:
        """Send what has no other way to this neighbour."""
        self._route.route("replace", dst="default", gateway=gateway)

    def shape(self, name: str, rate_mbit: float) -> None:
        """Hold what leaves the interface to a rate; at 10 Gbit/s and more nothing is held."""
        if rate_mbit >= UNSHAPED_MBIT:
            with suppress(NetlinkError):
                self._route.tc("del", index=self.index(name), parent=ROOT)
            return
        bytes_per_second = int(rate_mbit * 125_000)
        burst = max(16_384, int(bytes_per_second * BURST_SECONDS))
        limit = burst + max(16_384, int(bytes_per_second * LATENCY))
        self._route.tc("replace", "tbf", self.index(name), rate=bytes_per_second, burst=burst, limit=limit)

    def rates(self) -> dict[int, float]:
        """The rate in Mbit/s of each shaped interface by its index."""
        found = {}
        for discipline in self._route.get_qdiscs():
            if discipline.get_attr("TCA_KIND") == "tbf":
                parameters = discipline.get_attr("TCA_OPTIONS").get_attr("TCA_TBF_PARMS")
                found[discipline["index"]] = parameters["rate"] / 125_000
        return found

    def flush_addresses(self, keep: frozenset[str]) -> None:
        """Take every address off every interface that isn't kept, as a power cut would.

        A link-local address stays: it is the card's own, and the kernel makes it only when a card comes up (RFC 4862, 5.3).
        """
        kept = {self.index(name) for name in keep}
        for address in self._route.get_addr():
            if address["index"] not in kept and not ip_address(address.get_attr("IFA_ADDRESS")).is_link_local:
                with suppress(NetlinkError):
                    self._route.addr("del", index=address["index"], address=address.get_attr("IFA_ADDRESS"), prefixlen=address["prefixlen"])

    def used(self) -> dict[str, str]:
        """Networks that this namespace has addresses in: network -> interface name."""
        names = {card.index: name for name, card in self.cards().items()}
        found = {}
        for address in self._route.get_addr(family=2):
            network = IPv4Interface(f"{address.get_attr('IFA_ADDRESS')}/{address['prefixlen']}").network
            found[str(network)] = names.get(address["index"], "?")
        return found


def write_settings(name: str, settings: Mapping[str, str]) -> None:
    """Set the namespace's kernel parameters (`net/ipv4/ip_forward` and the like); those that don't exist are left out."""
    with namespace.inside(name):
        for key, value in settings.items():
            with suppress(FileNotFoundError):
                descriptor = os.open(Path("/proc/sys") / key, os.O_WRONLY)
                try:
                    os.write(descriptor, value.encode())
                finally:
                    os.close(descriptor)
