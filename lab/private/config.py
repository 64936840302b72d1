"""What routers of private networks and planes' tables run before any cutover, as FRR reads it. Pure text.

A private router knows its own local networks and nothing else; the line to the extranet lies there and isn't configured. The
plane's side is ready: OSPF in both families towards whoever attaches.
"""

from __future__ import annotations

from city.addressing import addressing
from city.model import City
from lab.frr.config import THROTTLES, THROTTLES6, TIMERS, block, cost, header
from lab.private.layout import UNSHAPED, Edge, zone_port


def gateway_config(city: City, name: str) -> str:
    """The private router as its department set it up."""
    ports = [
        block(f"interface {item.interface}", f"ip address {item.ipv4.network_address + 1}/{item.ipv4.prefixlen}")
        for network in city.private_networks
        for item in network.ranges
        if item.router == name
    ]
    return "\n".join([header(name), *ports])


def edge_config(city: City, edge: Edge) -> str:
    """A plane's table on a router of the extranet: its attachments and its enclaves."""
    plan = addressing(city)
    used = {router.attachment for network in city.private_networks for router in network.routers}
    blocks = [header(edge.name)]
    for entry in city.extranet.attachments:
        if entry.name in used and (entry.router, entry.plane) == (edge.router, edge.plane):
            own = plan.attachment(entry)
            shared = (f"cost {cost(entry.rate_mbit or int(UNSHAPED))}", *TIMERS, "network point-to-point")
            blocks.append(_port(entry.interface, str(own.ipv4), str(own.ipv6), shared))
    for enclave in city.enclaves:
        if (enclave.router, enclave.plane) == (edge.router, edge.plane):
            lan = plan.enclave(enclave)
            blocks.append(_port(zone_port(enclave), str(lan.ipv4), str(lan.ipv6), ("passive",)))
    loopback = city.router_by_name[edge.router].loopback
    blocks.append(block("router ospf", f"ospf router-id {loopback}", *THROTTLES))
    blocks.append(block("router ospf6", f"ospf6 router-id {loopback}", *THROTTLES6))
    return "\n".join(blocks)


def _port(name: str, ipv4: str, ipv6: str, routing: tuple[str, ...]) -> str:
    lines = [f"ip address {ipv4}", "ip ospf area 0", *(f"ip ospf {line}" for line in routing)]
    lines += [f"ipv6 address {ipv6}", "ipv6 ospf6 area 0", *(f"ipv6 ospf6 {line}" for line in routing)]
    return block(f"interface {name}", *lines)
