"""Whether planes stay apart: targets of their own, no route taken from or given to a strongly isolated one, one plane an interface."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from city.addressing import PLANES
from city.extranet import Attachment
from city.finding import Finding
from city.model import City, Isolation, Plane
from ops.language import _

COMMON = 0
"""Number of the plane that is the network itself: it needs no attachments, links are its own."""
TARGET_BASE = 100
"""A plane's route target is the city's autonomous system and this plus the plane's number, unless the city says another."""
ALL_PERCENT = 100
LARGEST_NUMBER = 15 - PLANES


def exports_of(city: City, plane: Plane) -> tuple[str, ...]:
    """The targets that a plane's own routes carry."""
    return plane.exports or (f"{city.extranet.asn}:{TARGET_BASE + plane.number}",)


def imports_of(city: City, plane: Plane) -> tuple[str, ...]:
    """The targets whose routes a plane takes in."""
    return plane.imports or exports_of(city, plane)


def targets_do_not_collide(city: City) -> Iterator[Finding]:
    """No two planes mark their routes alike: whoever took one's would take the other's."""
    seen: dict[str, str] = {}
    for index, plane in enumerate(city.planes):
        for target in exports_of(city, plane):
            if (first := seen.setdefault(target, plane.name)) != plane.name:
                yield Finding(
                    "targets",
                    _("route target {target} is the one of plane '{first}'").format(target=target, first=first),
                    _("give each plane its own"),
                    ("planes", index, "exports") if plane.exports else ("planes", index, "number"),
                )


def planes_do_not_leak(city: City) -> Iterator[Finding]:
    """A strongly isolated plane takes nobody's routes, gives its own to nobody, and has no way to the internet."""
    owners = {target: plane for plane in city.planes for target in exports_of(city, plane)}
    for index, plane in enumerate(city.planes):
        for target in imports_of(city, plane):
            other = owners.get(target)
            if other is None or other is plane or Isolation.STRONG not in (plane.isolation, other.isolation):
                continue
            strong = plane if plane.isolation is Isolation.STRONG else other
            yield Finding(
                "plane-leak",
                _("plane '{plane}' takes the routes of '{other}' (target {target}), and '{strong}' is strongly isolated").format(
                    plane=plane.name, other=other.name, target=target, strong=strong.name
                ),
                _("take the target out of imports"),
                ("planes", index, "imports"),
            )
        if plane.isolation is Isolation.STRONG and plane.egress:
            yield Finding(
                "plane-leak",
                _("plane '{plane}' is strongly isolated and may reach the internet").format(plane=plane.name),
                _("take away egress, or the isolation"),
                ("planes", index, "egress"),
            )


def interfaces_are_in_one_plane(city: City) -> Iterator[Finding]:
    """A tagged sub-interface is bound once, and both ends of a line bind one tag to one plane."""
    bound: dict[tuple[str, str, int], Attachment] = {}
    for index, entry in enumerate(city.extranet.attachments):
        place = ("extranet", "attachments", index, "plane")
        here = (entry.router, entry.interface, entry.vlan)
        for end in (here, (*_far_end(city, entry), entry.vlan)):
            other = bound.get(end)
            if other is None or (other.plane == entry.plane and end != here):
                continue
            yield Finding(
                "plane-leak" if other.plane != entry.plane else "duplicate",
                _("{interface}.{vlan} of {router} is bound to plane '{plane}', and to '{first}' by {name}").format(
                    interface=end[1], vlan=entry.vlan, router=end[0], plane=entry.plane, first=other.plane, name=other.name
                ),
                _("one interface, one plane: choose another tag"),
                place,
            )
        bound.setdefault(here, entry)


def attachments_can_be_made(city: City) -> Iterator[Finding]:
    """An attachment is into a plane that has addresses to give, under a name and a number of its own."""
    planes = {plane.name: plane for plane in city.planes}
    numbers: dict[str, dict[int, str]] = defaultdict(dict)
    names: dict[str, int] = {}
    for index, entry in enumerate(city.extranet.attachments):
        plane = planes[entry.plane]
        if not COMMON < plane.number <= LARGEST_NUMBER:
            yield Finding(
                "attachment",
                _("nobody attaches to plane '{plane}', number {number}").format(plane=plane.name, number=plane.number),
                _("number 0 is the network itself, and addresses are planned for 1 to {most}").format(most=LARGEST_NUMBER),
                ("extranet", "attachments", index, "plane"),
            )
        if (first := numbers[entry.plane].setdefault(entry.number, entry.name)) != entry.name or names.setdefault(
            entry.name, index
        ) != index:
            yield Finding(
                "duplicate",
                _("attachment '{name}' has the number or the name of '{first}'").format(name=entry.name, first=first),
                _("choose a free one"),
                ("extranet", "attachments", index, "number"),
            )


def shares_fit_a_line(city: City) -> Iterator[Finding]:
    """What the planes are promised of a line is no more than the line."""
    promised = sum(plane.share_percent for plane in city.planes)
    if promised > ALL_PERCENT:
        yield Finding(
            "shares", _("the planes' shares of a line add up to {sum} %").format(sum=promised), _("make them 100 or less"), ("planes",)
        )


def peers_are_elsewhere(city: City) -> Iterator[Finding]:
    """A peer is of another system, at the other end of a line of its router that leads out of the city."""
    for index, peer in enumerate(city.extranet.peers):
        link = city.link_by_name[peer.link]
        if peer.asn == city.extranet.asn:
            yield Finding(
                "peer",
                _("system {asn} is the city's own").format(asn=peer.asn),
                _("name the neighbour's"),
                ("extranet", "peers", index, "asn"),
            )
        ends = {link.a.node, link.b.node}
        if peer.router not in ends or not ends - {peer.router} <= set(city.site_by_name):
            yield Finding(
                "peer",
                _("link '{link}' doesn't lead from {router} to a site").format(link=link.name, router=peer.router),
                _("name a line to the province or the internet"),
                ("extranet", "peers", index, "link"),
            )


def logins_keep_the_way_in(city: City) -> Iterator[Finding]:
    """Routers that let in only whom the city names also let in the network over which they are managed."""
    if city.extranet.services.operators and city.extranet.management is None:
        yield Finding(
            "lockout",
            _("logins are limited to operators' sites, and the out-of-band network isn't named"),
            _("add management: the network that routers are managed over"),
            ("extranet", "services", "operators"),
        )


def gateways_are_shared_at_one_place(city: City) -> Iterator[Finding]:
    """A router that stands by for another's LAN is at the same place, has none of its own, and the other has one."""
    for index, router in enumerate(city.routers):
        owner = city.router_by_name.get(router.standby_of or "")
        if owner is not None and (owner.lan is None or router.lan is not None or owner.place != router.place):
            yield Finding(
                "standby",
                _("'{name}' can't stand by for the LAN of '{owner}'").format(name=router.name, owner=owner.name),
                _("both are at one place, and only the other has a lan"),
                ("routers", index, "standby_of"),
            )


def _far_end(city: City, entry: Attachment) -> tuple[str, str]:
    """The other end of the line that it stands on."""
    for link in city.links_of(entry.router):
        near, far = (link.a, link.b) if link.a.node == entry.router else (link.b, link.a)
        if near.interface == entry.interface:
            return far.node, far.interface
    return "", ""
