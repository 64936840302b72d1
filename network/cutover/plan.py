"""What a cutover does to a private network, range by range and host by host. Pure, printable, and its hash is what is approved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface

from city.addressing import addressing
from city.merged import attachment_of, with_network
from city.model import City, Decision, Dialect, Enclave, Isolation, PrivateHost, PrivateNetwork, PrivateRange, PrivateRouter
from network.cutover.errors import Undecided
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import JsonObject, digest
from ops.suggest import unknown


def stages() -> tuple[tuple[str, str], ...]:
    """The steps with what each reaches, in the reader's language."""
    return (
        ("discover", _("what is really there is read and compared with the city")),
        ("watch", _("a host inside and the enclaves begin to ask the services, over and over")),
        ("lower", _("the hosts' names in the city's DNS are made short-lived")),
        ("join", _("the private routers join the plane; new addresses and the old ones stand side by side")),
        ("dual", _("hosts get their new addresses, the border translates; the pilot reaches the services, the old path stands")),
        ("compare", _("old path and new path both answer, in both families")),
        ("switch", _("hosts use their new addresses, all users may enter")),
        ("names", _("once nobody can remember them any longer, the names lead to the new addresses")),
        ("prove", _("who may reach the services does, nobody else: by packets, in both families")),
        ("settle", _("everything is watched for a while, then outage and losses are counted")),
    )


@dataclass(frozen=True, slots=True)
class HostMove:
    """A host's addresses before and after; `inside` is what its own network knows it by in the end."""

    name: str
    port: int
    range: str
    decision: Decision
    old: IPv4Interface
    old_gateway: IPv4Address
    new: IPv4Interface
    new_gateway: IPv4Address
    ipv6: IPv6Interface
    gateway6: IPv6Address
    names: tuple[str, ...] = ()
    """Its names in the city's DNS, absolute, without the last dot."""

    @property
    def is_renumbered(self) -> bool:
        return self.decision is Decision.RENUMBER

    @property
    def inside(self) -> IPv4Address:
        return self.new.ip if self.is_renumbered else self.old.ip


@dataclass(frozen=True, slots=True)
class Inside:
    """An enclave's own addresses."""

    enclave: Enclave
    ipv4: IPv4Interface
    ipv6: IPv6Interface


@dataclass(frozen=True)
class Cutover:
    """A private network and the city that takes it in."""

    city: City
    network: PrivateNetwork

    @cached_property
    def merged(self) -> City:
        """The city with the network's routers among its own."""
        return with_network(self.city, self.network)

    @property
    def subject(self) -> str:
        return f"network:{self.network.name}"

    @property
    def leases(self) -> tuple[str, ...]:
        """Nobody else works on the network, its routers or the plane's router there."""
        return (self.subject, *(f"router:{router.name}" for router in self.network.routers))

    @cached_property
    def is_strong(self) -> bool:
        return self.city.plane_by_name[self.network.plane].isolation is Isolation.STRONG

    @cached_property
    def hosts(self) -> tuple[HostMove, ...]:
        """What becomes of every host that must go on answering."""
        return tuple(self._move(host) for host in self.network.hosts)

    @cached_property
    def enclaves(self) -> tuple[Inside, ...]:
        """Every enclave of the plane."""
        plan = addressing(self.city)
        found = []
        for enclave in self.city.enclaves:
            if enclave.plane == self.network.plane:
                lan = plan.enclave(enclave)
                own4 = IPv4Interface((lan.ipv4.ip + 1, lan.ipv4.network.prefixlen))
                found.append(Inside(enclave, own4, IPv6Interface((lan.ipv6.ip + 1, lan.ipv6.network.prefixlen))))
        return tuple(found)

    @cached_property
    def users(self) -> tuple[Inside, ...]:
        """The enclaves that may use the services, the pilot first."""
        by_site = {found.enclave.site: found for found in self.enclaves}
        return tuple(by_site[site] for site in self.network.users if site in by_site)

    @property
    def strangers(self) -> tuple[Inside, ...]:
        """Enclaves of the same plane that may not."""
        return tuple(found for found in self.enclaves if found not in self.users)

    def router(self, name: str) -> PrivateRouter:
        return next(router for router in self.network.routers if router.name == name)

    def ranges_of(self, router: str) -> tuple[PrivateRange, ...]:
        return tuple(item for item in self.network.ranges if item.router == router)

    @property
    def has_names(self) -> bool:
        """Whether the city's DNS has to follow."""
        return any(move.names for move in self.hosts)

    @property
    def old_ranges(self) -> tuple[IPv4Network, ...]:
        return tuple(item.ipv4 for item in self.network.ranges)

    @cached_property
    def plan_hash(self) -> str:
        """What an approval names: the network as the city says it, its users' addresses, and where it enters."""
        entries = [attachment_of(self.city, router).model_dump(mode="json") for router in self.network.routers]
        enclaves = [found.enclave.model_dump(mode="json") for found in self.users]
        return digest({"network": self.network.model_dump(mode="json"), "attachments": entries, "users": enclaves})

    def as_data(self) -> JsonObject:
        """The plan as it is printed."""
        return {
            "network": self.network.name,
            "plan": self.plan_hash,
            "plane": self.network.plane,
            "isolation": "strong" if self.is_strong else "common",
            "ranges": [self._range_data(item) for item in self.network.ranges],
            "hosts": [
                {"host": move.name, "old": str(move.old.ip), "new": str(move.new.ip), "ipv6": str(move.ipv6.ip), "port": move.port}
                for move in self.hosts
            ],
            "attachments": [
                {"router": router.name, "attachment": router.attachment, "uplink": router.uplink} for router in self.network.routers
            ],
            "users": [found.enclave.name for found in self.users],
            "steps": [{"step": name, "reaches": text} for name, text in stages()],
        }

    def _range_data(self, item: PrivateRange) -> JsonObject:
        return {
            "range": item.name,
            "router": item.router,
            "from": str(item.ipv4),
            "decision": decided(item).value,
            "to": str(item.becomes or item.ipv4),
            "ipv6": str(addressing(self.city).private(self.network, item).ipv6.network),
        }

    def _move(self, host: PrivateHost) -> HostMove:
        item = next(one for one in self.network.ranges if one.name == host.range)
        lan = addressing(self.city).private(self.network, item)
        first, length = item.ipv4.network_address, item.ipv4.prefixlen
        own6 = IPv6Interface((lan.ipv6.network.network_address + host.host, lan.ipv6.network.prefixlen))
        return HostMove(
            name=host.name,
            port=host.port,
            range=item.name,
            decision=decided(item),
            old=IPv4Interface((first + host.host, length)),
            old_gateway=first + 1,
            new=IPv4Interface((lan.ipv4.network.network_address + host.host, length)),
            new_gateway=lan.ipv4.ip,
            ipv6=own6,
            gateway6=lan.ipv6.ip,
            names=tuple(f"{name}.{self.city.address_plan.domain}" for name in host.names),
        )


def plan_cutover(city: City, name: str) -> Cutover:
    """The cutover of a network by its name; refuses one that the city knows too little of."""
    network = city.private_network_by_name.get(name)
    if network is None:
        raise unknown("private network", name, city.private_network_by_name)
    missing = [item for item in network.ranges if item.decision is None or (item.becomes is None) is not (item.decision is Decision.KEEP)]
    if missing:
        raise Undecided(
            _("nothing says what becomes of {ranges} of the network '{name}'").format(
                ranges=", ".join(f"{item.name} ({item.ipv4})" for item in missing), name=name
            ),
            hint=_("set decision and becomes of these ranges in the city's data; then: citynode city check"),
        )
    for item in network.ranges:
        if item.decision is Decision.NAT and item.announced_on is None:
            raise Undecided(
                _("nothing says on which interface {becomes} is announced").format(becomes=item.becomes),
                hint=_("set announced_on of the range '{range}' in the city's data").format(range=item.name),
            )
    other = next((router for router in network.routers if router.dialect is not Dialect.FRR), None)
    if other is not None:
        raise UsageProblem(
            _("{router} speaks {dialect}: citynode merges networks behind FRR borders only").format(
                router=other.name, dialect=other.dialect
            ),
            hint=_("put a Linux border with FRR and nftables before it, and name that in the city's data"),
        )
    return Cutover(city, network)


def decided(item: PrivateRange) -> Decision:
    """The range's decision; `plan_cutover` made sure that there is one."""
    return item.decision or Decision.KEEP
