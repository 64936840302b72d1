"""The servers that the city's data name, as they stand in a lab: each at its site, with its two addresses."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface
from typing import Final, Literal

from city.addressing import addressing
from lab.box import Box
from network.dialect.frr.host import SYSLOG_PORT, TRAP_PORT

Use = Literal["ntp", "syslog", "traps"]

PORTS: Final[dict[Use, int]] = {"ntp": 123, "syslog": SYSLOG_PORT, "traps": TRAP_PORT}
FOLDER: Final = "services"


@dataclass(frozen=True, slots=True)
class Standing:
    """A server, and its addresses as its site's local network has them."""

    use: Use
    site: str
    host: int
    ipv4: IPv4Interface
    ipv6: IPv6Interface

    @property
    def process(self) -> str:
        """Its process' name: a site may have several servers of one use."""
        return f"{self.use}-{self.host}"

    @property
    def name(self) -> str:
        return f"{self.process}@{self.site}"

    @property
    def port(self) -> int:
        return PORTS[self.use]

    @property
    def addresses(self) -> tuple[str, str]:
        return str(self.ipv4.ip), str(self.ipv6.ip)


def standing(box: Box) -> tuple[Standing, ...]:
    """Every server whose site is built, in the data's order."""
    plan, named = addressing(box.city), box.city.extranet.services
    uses: tuple[Use, ...] = ("ntp", "syslog", "traps")
    found = []
    for use in uses:
        for server in getattr(named, use):
            lan, own = plan.lan(server.site), plan.server(server)
            if lan is not None and server.site in box.spec.sites:
                ipv4 = IPv4Interface((own.ipv4, lan.ipv4.network.prefixlen))
                ipv6 = IPv6Interface((own.ipv6, lan.ipv6.network.prefixlen))
                found.append(Standing(use, server.site, server.host, ipv4, ipv6))
    return tuple(found)
