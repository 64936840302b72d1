"""What a centre's cluster is called, where it listens and where it keeps things. Derived, never stored.

One node per centre: the centre's gateway node itself. Every name that two programs of a cluster must agree on stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from city.addressing import addressing
from lab.errors import LabFailed
from ops.language import _

if TYPE_CHECKING:
    from lab.box import Box

API_PORT: Final = 6443
KUBELET_PORT: Final = 10250

OPERATORS: Final = "citynode:operators"
VIEWERS: Final = "citynode:viewers"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One centre's Kubernetes cluster."""

    lab: str
    centre: str
    domain: str
    address: IPv4Address
    address6: IPv6Address
    management: IPv4Address
    pods: IPv4Network
    pods6: IPv6Network
    services: IPv4Network
    services6: IPv6Network
    name_servers: tuple[IPv4Address, ...]
    home: Path

    @property
    def node(self) -> str:
        return f"{self.centre}-node1"

    @property
    def pki(self) -> Path:
        return self.home / "pki"

    @property
    def socket(self) -> Path:
        """Where containerd listens."""
        return self.home / "containerd.sock"

    @property
    def cgroup(self) -> str:
        """The control group below which all of the cluster's pods run."""
        return f"/citynode/{self.lab}.{self.centre}"

    @property
    def api(self) -> str:
        """Where the cluster's own programs reach the API."""
        return f"https://{self.address}:{API_PORT}"

    @property
    def outer_api(self) -> str:
        """Where operators reach the API: the management network."""
        return f"https://{self.management}:{API_PORT}"

    def kubeconfig(self, who: str) -> Path:
        return self.pki / f"{who}.kubeconfig"


def cluster_of(box: Box, centre: str) -> Cluster:
    """The cluster of a centre."""
    plan = addressing(box.city)
    lan = plan.lan(centre)
    if lan is None:
        raise LabFailed(_("{centre} has no local network").format(centre=centre), hint="citynode city check")
    (pods, pods6), (services, services6) = plan.pods(centre), plan.services(centre)
    servers = [plan.lan(site.name) for site in box.city.centres[:2]]
    return Cluster(
        lab=box.name,
        centre=centre,
        domain=box.city.address_plan.domain,
        address=lan.ipv4.ip,
        address6=lan.ipv6.ip,
        management=box.management_address(centre),
        pods=pods,
        pods6=next(pods6.subnets(new_prefix=64)),
        services=services,
        services6=services6,
        name_servers=tuple(each.ipv4.ip for each in servers if each),
        home=box.folder / "nodes" / centre / "cluster",
    )


def clusters_of(box: Box) -> tuple[Cluster, ...]:
    """The clusters of every centre that the lab builds."""
    return tuple(cluster_of(box, site.name) for site in box.city.centres if site.name in box.spec.sites)
