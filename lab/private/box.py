"""The box as the private part sees it: the same lab, with the nodes of private networks instead of the extranet's."""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.box import Box
from lab.private.layout import Layout


class PrivateBox(Box):
    """A lab's private networks: names, addresses, folders and processes of their nodes."""

    def __init__(self, box: Box) -> None:
        self.layout = Layout(box.city)
        city = box.city.model_copy(update={"routers": (*self.layout.edge_routers, *self.layout.gateways)})
        super().__init__(folder=box.folder, city=city, spec=box.spec, record=box.record)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Planes' tables, private routers, enclaves and private hosts."""
        return tuple(self.layout.management)

    @property
    def routers(self) -> tuple[str, ...]:
        """Those that run a routing daemon."""
        return tuple(router.name for router in self.city.routers)

    def management_address(self, node: str) -> IPv4Address:
        return self.management.network_address + self.layout.management[node]
