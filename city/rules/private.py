"""Whether private networks can be taken in: their data's plane, where they enter it, and a decision for every range that collides."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from city.finding import Finding, Path
from city.model import City, Decision, Isolation, PrivateNetwork, PrivateRange, Sensitivity
from city.rules.addresses import Used, used_networks
from ops.language import _

_Placed = tuple[PrivateNetwork, PrivateRange, Path]


def private_data_lands_in_its_plane(city: City) -> Iterator[Finding]:
    """Sensitive data asks for a plane of strong isolation; a network enters its plane through attachments of its own department there."""
    attachments = {entry.name: entry for entry in city.extranet.attachments}
    for index, network in enumerate(city.private_networks):
        plane = city.plane_by_name[network.plane]
        if network.data is Sensitivity.SENSITIVE and plane.isolation is not Isolation.STRONG:
            yield Finding(
                "plane",
                _("the data of '{name}' are sensitive, and the plane '{plane}' isn't strongly isolated").format(
                    name=network.name, plane=plane.name
                ),
                _("choose a plane with isolation: strong"),
                ("private_networks", index, "plane"),
            )
        for position, router in enumerate(network.routers):
            entry = attachments[router.attachment]
            if entry.plane != network.plane or entry.organisation != network.department:
                yield Finding(
                    "attachment",
                    _("'{name}' is an attachment of '{organisation}' to the plane '{plane}'").format(
                        name=entry.name, organisation=entry.organisation, plane=entry.plane
                    ),
                    _("name one of '{department}' to '{plane}'").format(department=network.department, plane=network.plane),
                    ("private_networks", index, "routers", position, "attachment"),
                )


def private_ranges_are_decided(city: City) -> Iterator[Finding]:
    """A range that collides with the extranet or another private network is renumbered or translated; others may be kept."""
    used = list(used_networks(city))
    placed = list(_ranges(city))
    for network, item, path in placed:
        rivals = [
            Used(other.ipv4, _("range {name} of {network}").format(name=other.name, network=its.name), place)
            for its, other, place in placed
            if its is not network
        ]
        rival = next((one for one in (*used, *rivals) if one.network.overlaps(item.ipv4)), None)
        if rival is not None and item.decision in (None, Decision.KEEP):
            yield Finding(
                "undecided",
                _("{range} overlaps {network}, the {what}, and nothing says what becomes of it").format(
                    range=item.ipv4, network=rival.network, what=rival.what
                ),
                _("set decision to renumber or nat, and becomes to a free range"),
                path,
            )
        elif item.decision is None:
            yield Finding(
                "undecided",
                _("nothing says what becomes of {range}").format(range=item.ipv4),
                _("set decision to keep, renumber or nat"),
                path,
            )
        elif (item.becomes is None) is not (item.decision is Decision.KEEP):
            needs = (
                _("a range that is to {decision} needs becomes")
                if item.becomes is None
                else _("a range that is to {decision} has no becomes")
            )
            yield Finding(
                "undecided",
                needs.format(decision=item.decision),
                _("renumber and nat name the range that takes its place; keep doesn't"),
                (*path, "becomes"),
            )
        elif item.decision is Decision.NAT and item.announced_on is None:
            yield Finding(
                "undecided",
                _("nothing says on which interface {becomes} is announced").format(becomes=item.becomes),
                _("set announced_on of the range '{range}' in the city's data").format(range=item.name),
                path,
            )


def private_ranges_become_free_ones(city: City) -> Iterator[Finding]:
    """What takes a range's place comes out of the city's pools, collides with nothing, and is as large as the range."""
    taken = list(used_networks(city))
    for _network, item, path in _ranges(city):
        if item.becomes is None:
            continue
        problem = _problem(city, item, item.becomes, taken)
        if problem:
            yield Finding("becomes", problem, _("choose a free range of the same size"), (*path, "becomes"))
        taken.append(Used(item.becomes, _("range {name}").format(name=item.name), path))


def private_hosts_are_in_their_ranges(city: City) -> Iterator[Finding]:
    """A host's number fits its range, and nobody shares a place in the management network; users have an enclave in the plane."""
    seen = {router.management: router.name for router in city.routers}
    for index, enclave in enumerate(city.enclaves):
        yield from _numbered(seen, enclave.management, enclave.name, ("enclaves", index, "management"))
    for index, network in enumerate(city.private_networks):
        at: Path = ("private_networks", index)
        sizes = {item.name: item.ipv4.num_addresses for item in network.ranges}
        for position, router in enumerate(network.routers):
            yield from _numbered(seen, router.management, router.name, (*at, "routers", position, "management"))
        for position, host in enumerate(network.hosts):
            yield from _numbered(seen, host.management, host.name, (*at, "hosts", position, "management"))
            if host.host >= sizes[host.range] - 1:
                yield Finding(
                    "range",
                    _("number {number} doesn't fit into the range '{range}'").format(number=host.host, range=host.range),
                    _("2 to {most}").format(most=sizes[host.range] - 2),
                    (*at, "hosts", position, "host"),
                )
        inside = {enclave.site for enclave in city.enclaves if enclave.plane == network.plane}
        for position, user in enumerate(network.users):
            if user not in inside:
                yield Finding(
                    "user",
                    _("'{site}' has no enclave in the plane '{plane}'").format(site=user, plane=network.plane),
                    _("add one to enclaves"),
                    (*at, "users", position),
                )


def private_names_are_free(city: City) -> Iterator[Finding]:
    """A host's name in the extranet's zone is nobody else's: no router's, site's or system's, and no other host's."""
    taken = {router.name: _("router") for router in city.routers} | {site.name: _("site") for site in city.sites}
    taken |= {name: _("system {name}").format(name=system.name) for system in city.systems for name in (system.name, *system.was)}
    for index, network in enumerate(city.private_networks):
        for position, host in enumerate(network.hosts):
            for number, name in enumerate(host.names):
                if name in taken:
                    yield Finding(
                        "duplicate",
                        _("the name '{name}' is that of the {holder}").format(name=name, holder=taken[name]),
                        _("choose a free one"),
                        ("private_networks", index, "hosts", position, "names", number),
                    )
                taken[name] = _("host {name}").format(name=host.name)


def _problem(city: City, item: PrivateRange, becomes: IPv4Network, taken: list[Used]) -> str:
    """Why the range can't be taken, if so."""
    rival = next((one for one in taken if one.network.overlaps(becomes)), None)
    if rival is not None:
        return _("{network} overlaps {network2}, the {what}").format(network=becomes, network2=rival.network, what=rival.what)
    if becomes.prefixlen != item.ipv4.prefixlen:
        return _("{becomes} is not of the size of {range}").format(becomes=becomes, range=item.ipv4)
    if not any(becomes.subnet_of(pool) for pool in city.address_plan.ipv4):
        return _("{network} is in no pool of the address plan").format(network=becomes)
    return ""


def _numbered(seen: dict[int, str], number: int, name: str, path: Path) -> Iterator[Finding]:
    if (first := seen.setdefault(number, name)) != name:
        yield Finding(
            "duplicate",
            _("management number {number} of '{name}' is also that of '{first}'").format(number=number, name=name, first=first),
            _("choose a free one"),
            path,
        )


def _ranges(city: City) -> Iterator[_Placed]:
    for index, network in enumerate(city.private_networks):
        for position, item in enumerate(network.ranges):
            yield network, item, ("private_networks", index, "ranges", position)
