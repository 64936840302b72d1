"""Today's configuration of a router or a site's gateway, as FRR reads it. Pure text.

Routers get IPv4 and OSPF, as the city's extranet runs before anything is planned for it: the first `net push` and the
IPv6 rollout find it so. Gateways of sites speak both families from the start and wait for the network to follow; those at the other
end of a BGP neighbourhood speak that too.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from city.addressing import InterfaceAddress, LanAddress, addressing
from city.model import City, SiteKind
from lab.errors import LabFailed
from lab.frr.bgp import outside_config
from lab.frr.gateways import named_today
from ops.language import _

REFERENCE_MBIT = 100_000
"""An interface's OSPF cost is this over its rate: 10 at 10 Gbit/s, 10,000 at 10 Mbit/s."""
TIMERS = ("hello-interval 1", "dead-interval 4")
THROTTLES = ("timers throttle spf 10 50 500", "timers throttle lsa all 500", "timers lsa min-arrival 0")
THROTTLES6 = (THROTTLES[0], THROTTLES[2])
"""A network that is whole again within a second; ospf6d of FRR 8 has no throttle of what it tells."""


def router_config(city: City, name: str) -> str:
    """The configuration of one of the city's routers."""
    plan = addressing(city)
    loopback, lan = plan.loopback(name).ipv4, plan.lan(name)
    blocks = [header(name), *(_link(end, dual=False) for end in plan.interfaces(name))]
    if lan:
        blocks.append(_local("lan0", lan.ipv4, None))
    blocks += [block(f"interface {name}") for name in named_today(city, name)]
    blocks += [_local("lo", IPv4Interface(loopback), None), _ospf(loopback, [])]
    return "\n".join(blocks)


def gateway_config(city: City, name: str) -> str:
    """The configuration of a site's gateway: announces its LAN, a centre's pods and services, the internet's default."""
    plan, site = addressing(city), city.site_by_name[name]
    lan = plan.lan(name)
    if lan is None:
        raise LabFailed(_("the site '{name}' has no LAN").format(name=name), hint=_("give the site a `lan`"))
    ranges4: list[IPv4Network] = []
    ranges6: list[IPv6Network] = []
    if site.pods and site.services:
        for ipv4, ipv6 in (plan.pods(name), plan.services(name)):
            ranges4.append(ipv4)
            ranges6.append(ipv6)
    extra = ["default-information originate always"] if site.kind is SiteKind.INTERNET else []
    if ranges4:
        extra += ["redistribute connected route-map RANGES", "redistribute static route-map RANGES"]
    return "\n".join(
        [
            header(name),
            *(_link(end, dual=True) for end in plan.interfaces(name)),
            _local("lan0", lan.ipv4, lan.ipv6),
            *_announced(ranges4, ranges6),
            *([] if site.kind is SiteKind.PROVINCE else _sends_as(lan)),
            _ospf(lan.ipv4.ip, extra),
            block("router ospf6", f"ospf6 router-id {lan.ipv4.ip}", *THROTTLES6, *_for_ipv6(extra)),
            *outside_config(city, name),
        ]
    )


def cost(rate_mbit: int) -> int:
    """The OSPF cost of a link."""
    return max(1, min(65_535, REFERENCE_MBIT // rate_mbit))


def header(name: str) -> str:
    """What every node's configuration begins with."""
    return f"frr defaults traditional\nhostname {name}\nservice integrated-vtysh-config\n!"


def block(head: str, *lines: str) -> str:
    """A section of the configuration, closed."""
    return "\n".join([head, *(f" {line}" for line in lines), "exit", "!"])


def _link(end: InterfaceAddress, *, dual: bool) -> str:
    shared = (f"cost {cost(end.rate_mbit)}", *TIMERS, "network point-to-point")
    lines = [f"description {end.link}", f"ip address {end.ipv4}", "ip ospf area 0", *(f"ip ospf {line}" for line in shared)]
    if dual:
        lines += [f"ipv6 address {end.ipv6}", "ipv6 ospf6 area 0", *(f"ipv6 ospf6 {line}" for line in shared)]
    return block(f"interface {end.interface}", *lines)


def _local(name: str, ipv4: IPv4Interface, ipv6: IPv6Interface | None) -> str:
    lines = [f"ip address {ipv4}", "ip ospf area 0", "ip ospf passive"]
    if ipv6:
        lines += [f"ipv6 address {ipv6}", "ipv6 ospf6 area 0", "ipv6 ospf6 passive"]
    return block(f"interface {name}", *lines)


def _announced(ranges4: Iterable[IPv4Network], ranges6: Iterable[IPv6Network]) -> list[str]:
    """A route of last resort for each range, so that it is announced as a whole, whatever its node routes to single pods."""
    ranges4, ranges6 = tuple(ranges4), tuple(ranges6)
    if not ranges4:
        return []
    lines = [f"ip route {net} lan0 250" for net in ranges4] + [f"ipv6 route {net} lan0 250" for net in ranges6]
    lines += [f"ip prefix-list RANGES seq {seq} permit {net}" for seq, net in enumerate(ranges4, 5)]
    lines += [f"ipv6 prefix-list RANGES seq {seq} permit {net}" for seq, net in enumerate(ranges6, 5)]
    return [
        *lines,
        block("route-map RANGES permit 10", "match ip address prefix-list RANGES"),
        block("route-map RANGES6 permit 10", "match ipv6 address prefix-list RANGES"),
    ]


def _sends_as(lan: LanAddress) -> list[str]:
    """Hosts of the site live on its gateway here: what they send bears an address of their network, never one of a line.

    The province's people are the exception: the city's systems serve who comes with an address of the city's, so theirs is translated.
    """
    return [
        block("route-map SITE permit 10", f"set src {lan.ipv4.ip}"),
        block("route-map SITE6 permit 10", f"set src {lan.ipv6.ip}"),
        "ip protocol ospf route-map SITE",
        "ipv6 protocol ospf6 route-map SITE6",
    ]


def _for_ipv6(lines: Iterable[str]) -> list[str]:
    return [line.replace("route-map RANGES", "route-map RANGES6") for line in lines]


def _ospf(router_id: IPv4Address, extra: Iterable[str]) -> str:
    return block("router ospf", f"ospf router-id {router_id}", *THROTTLES, *extra)
